/** `sealer build` and `push` against `buildah bud` (overlay driver) and `push` of the same COPY; an unchanged rebuild; peak memory. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeContext, warm } from './contexts.mjs';
import { measure, median, report, reportLimit } from './measure.mjs';
import { cache, cli, need, sealerEnv } from './places.mjs';
import { startRegistry } from './registry.mjs';

const rounds = 3;

export default async function build() {
  need('buildah');
  const files = 2000;
  const context = makeContext(join(cache, 'context-1g'), { bytes: 1024 ** 3, files });
  const home = join(cache, 'home');
  const storage = join(cache, 'buildah');
  const buildah = [
    'buildah',
    '--root',
    join(storage, 'root'),
    '--runroot',
    join(storage, 'run'),
    '--storage-driver',
    'overlay',
  ];
  const bud = [...buildah, 'bud', '--isolation', 'chroot', '-q', '-t', 'bench', context];
  const ours = [process.execPath, cli, 'build', '-q', '--type', 'app-installer', '-t', 'bench:1', context];
  const clean = () => {
    for (const folder of [home, storage]) rmSync(folder, { recursive: true, force: true });
  };
  const name = (registry) => `${registry.host}/bench:1`;
  clean();
  const registry = await startRegistry(join(cache, 'registry'));
  try {
    const times = { ours: [], theirs: [], cold: [], bud: [], again: [] };
    let cold;
    // Interleaved: each round both work on the same machine, from nothing, with the context in the disk's cache.
    for (let round = 0; round < rounds; round++) {
      clean();
      await registry.empty();
      warm(context, files);
      const theirs = await measure(bud);
      const theirPush = await measure([
        ...buildah,
        'push',
        '-q',
        '--tls-verify=false',
        'bench',
        `docker://${name(registry)}`,
      ]);
      rmSync(storage, { recursive: true, force: true });
      await registry.empty();
      warm(context, files);
      cold = await measure(ours, { env: sealerEnv(home) });
      const push = ['push', '-q', '--plain-http', 'bench:1', name(registry)];
      const ourPush = await measure([process.execPath, cli, ...push], { env: sealerEnv(home) });
      const again = await measure(ours, { env: sealerEnv(home) });
      times.bud.push(theirs.seconds);
      times.theirs.push(theirs.seconds + theirPush.seconds);
      times.cold.push(cold.seconds);
      times.ours.push(cold.seconds + ourPush.seconds);
      times.again.push(again.seconds);
    }
    report('build of 1 GiB in 2,000 files, against buildah bud', median(times.cold), median(times.bud), 0.7);
    report(
      'build and push of 1 GiB in 2,000 files, against buildah bud and push',
      median(times.ours),
      median(times.theirs),
      0.5,
    );
    report('the same build again, unchanged, against that buildah bud', median(times.again), median(times.bud), 0.05);
    reportLimit('peak memory of sealer build, 1 GiB', cold.peakBytes, 300e6);
    const large = makeContext(join(cache, 'context-3g'), { bytes: 3 * 1024 ** 3, files: 2 });
    rmSync(home, { recursive: true });
    const big = await measure(
      [process.execPath, cli, 'build', '-q', '--type', 'app-installer', '-t', 'bench:1', large],
      { env: sealerEnv(home) },
    );
    reportLimit('peak memory of sealer build, two files of 1.5 GiB', big.peakBytes, 300e6);
  } finally {
    await registry.stop();
    clean();
  }
}
