/** `sealer build` against `buildah bud` (overlay driver) of the same COPY; an unchanged rebuild; peak memory. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeContext, warm } from './contexts.mjs';
import { measure, report, reportLimit } from './measure.mjs';
import { cache, cli, need, sealerEnv } from './places.mjs';

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
  clean();
  try {
    warm(context, files);
    const theirs = await measure(bud);
    warm(context, files);
    const cold = await measure(ours, { env: sealerEnv(home) });
    report('build of 1 GiB in 2,000 files, against buildah bud', cold.seconds, theirs.seconds, 0.7);
    const again = await measure(ours, { env: sealerEnv(home) });
    report('the same again, unchanged, against that buildah bud', again.seconds, theirs.seconds, 0.1);
    reportLimit('peak memory of sealer build, 1 GiB', cold.peakBytes, 300e6);
    const archive = join(cache, 'saved.tar');
    const saved = await measure([process.execPath, cli, 'save', '-q', 'bench:1', '-o', archive], {
      env: sealerEnv(home),
    });
    reportLimit('peak memory of sealer save', saved.peakBytes, 300e6);
    rmSync(home, { recursive: true });
    const loaded = await measure([process.execPath, cli, 'load', '-q', '-i', archive], { env: sealerEnv(home) });
    reportLimit('peak memory of sealer load', loaded.peakBytes, 300e6);
    rmSync(archive);
    const large = makeContext(join(cache, 'context-3g'), { bytes: 3 * 1024 ** 3, files: 2 });
    rmSync(home, { recursive: true });
    const big = await measure(
      [process.execPath, cli, 'build', '-q', '--type', 'app-installer', '-t', 'bench:1', large],
      { env: sealerEnv(home) },
    );
    reportLimit('peak memory of sealer build, two files of 1.5 GiB', big.peakBytes, 300e6);
  } finally {
    clean();
  }
}
