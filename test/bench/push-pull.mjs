/**
 * `sealer push` and `pull` of a cluster image of 1 GiB with 30 bundled images against `skopeo copy` from and to an OCI
 * layout, with CNCF distribution 2.8 and 3.1; a second push, of 3 GiB, with one bundled image changed; peak memory.
 * Registries begin empty each time; the programs take turns, and the medians are compared.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, execaSync } from 'execa';
import { makeBundleContext } from './bundled-images.mjs';
import { measure, median, report, reportLimit } from './measure.mjs';
import { cache, cli, need, root, sealerEnv } from './places.mjs';

const repeats = 5;
const port = 5742;
const work = join(cache, 'push-pull');

export default async function pushPull() {
  need('skopeo', 'docker-registry');
  for (const [version, program] of Object.entries(registries())) {
    await withImages('bundle-1g', 1.5 * 1024 ** 3, async (home) => await againstSkopeo(version, program, home));
    await withImages('bundle-3g', 4.5 * 1024 ** 3, async (home) => await oneChanged(version, program, home));
  }
}

const sealer = (...words) => [process.execPath, cli, ...words];
const target = `127.0.0.1:${port}/team/bench`;
const seconds = (runs) => median(runs.map((run) => run.seconds));
const cpu = (runs) => median(runs.map((run) => run.cpuSeconds));
const peak = (runs) => Math.max(...runs.map((run) => run.peakBytes));

/** Two images that differ in one of thirty. */
async function withImages(name, bytes, use) {
  const context = join(cache, name);
  await makeBundleContext(context, { images: 30, bytes });
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const home = join(work, 'home');
  try {
    const build = ['build', '-q', '--type', 'app-installer'];
    await measure(sealer(...build, '-t', 'bench:1', context), { env: sealerEnv(home) });
    const changed = ['-t', 'bench:2', '-f', join(context, 'Kubefile.changed'), context];
    await measure(sealer(...build, ...changed), { env: sealerEnv(home) });
    await use(home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function againstSkopeo(version, program, home) {
  const env = sealerEnv(home);
  const layout = `oci:${join(home, 'store')}:docker.io/library/bench:1`;
  const skopeo = ['skopeo', '--insecure-policy', 'copy'];
  const times = { push: [], pull: [], skopeoPush: [], skopeoPull: [] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const blob of cachedBlobs(home)) readFileSync(blob);
    const ours = async () => {
      times.push.push(await measure(sealer('push', '-q', 'bench:1', `${target}:1`), { env }));
      const pulled = join(work, 'pulled');
      execaSync('sync');
      times.pull.push(await measure(sealer('pull', '-q', `${target}:1`), { env: sealerEnv(pulled) }));
      rmSync(pulled, { recursive: true });
    };
    const theirs = async () => {
      times.skopeoPush.push(await measure([...skopeo, '--dest-tls-verify=false', layout, `docker://${target}:1`]));
      const copied = join(work, 'copied');
      execaSync('sync');
      times.skopeoPull.push(
        await measure([...skopeo, '--src-tls-verify=false', `docker://${target}:1`, `oci:${copied}:1`]),
      );
      rmSync(copied, { recursive: true });
    };
    // Who comes first meets memory that the machine under this one may have taken back.
    for (const use of repeat % 2 ? [theirs, ours] : [ours, theirs]) await withRegistry(program, use);
  }
  const { push, pull, skopeoPush, skopeoPull } = times;
  const title = `distribution ${version}`;
  report(`push of 1 GiB to ${title}, against skopeo copy`, seconds(push), seconds(skopeoPush), 0.9);
  report('the same in processor time', cpu(push), cpu(skopeoPush), 0.9);
  report(`pull of 1 GiB from ${title}, against skopeo copy`, seconds(pull), seconds(skopeoPull), 0.9);
  report('the same in processor time', cpu(pull), cpu(skopeoPull), 0.9);
  reportLimit(`peak memory of sealer push to ${title}`, peak(push), 300e6);
  reportLimit(`peak memory of sealer pull from ${title}`, peak(pull), 300e6);
}

async function oneChanged(version, program, home) {
  const env = sealerEnv(home);
  const times = { full: [], again: [] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const blob of cachedBlobs(home)) readFileSync(blob);
    await withRegistry(program, async () => {
      times.full.push(await measure(sealer('push', '-q', 'bench:1', `${target}:1`), { env }));
      execaSync('sync');
      times.again.push(await measure(sealer('push', '-q', 'bench:2', `${target}:2`), { env }));
    });
  }
  const what = `push with one of 30 images changed to distribution ${version}, against the full push of 3 GiB`;
  report(what, seconds(times.again), seconds(times.full), 0.1);
}

function registries() {
  const tool = join(root, 'test/support/go-tool.sh');
  const module = ['github.com/distribution/distribution/v3/cmd/registry', 'v3.1.0'];
  const built = execaSync(tool, module, { stdin: 'ignore', stderr: 'inherit' }).stdout.trim();
  return { 2.8: 'docker-registry', 3.1: built };
}

/** Both read the same files: neither pays for the disk. */
function cachedBlobs(home) {
  const folder = join(home, 'store', 'blobs', 'sha256');
  return readdirSync(folder).map((name) => join(folder, name));
}

/** An empty registry on the port; what earlier runs left for the disk to write is written before. */
async function withRegistry(program, use) {
  const data = join(work, 'registry');
  const config = join(work, 'config.yml');
  const http = { addr: `127.0.0.1:${port}` };
  const storage = { filesystem: { rootdirectory: data } };
  writeFileSync(config, JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http }));
  execaSync('sync');
  const child = execa(program, ['serve', config], { stdio: 'ignore', reject: false });
  try {
    for (let attempt = 0; !(await accepts()); attempt++) {
      if (attempt > 100 || child.exitCode !== null) throw new Error(`${program} did not start`);
      await sleep(50);
    }
    await use();
  } finally {
    child.kill('SIGKILL');
    await child;
    rmSync(data, { recursive: true, force: true });
  }
}

async function accepts() {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
