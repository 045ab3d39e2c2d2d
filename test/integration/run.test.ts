/** RUN as root, by real runtimes: what comes into the layer, and what leaves no trace. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { writeTestImage } from '../../packages/core/src/testing/container-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { entriesOf, requireRunTools, writeKubefile, writeRootfs } from '../support/run-tools.js';
import { expectSuccess, type Outcome, type Sealer, type SealerOptions, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let sealer: Sealer;
let context: string;

beforeAll(async () => {
  await requireRunTools();
  folder = await temporaryDirectory();
  sealer = sealerIn(join(folder.path, 'home'));
  context = join(folder.path, 'context');
  await writeRootfs(context, '/usr/bin/setfattr', '/sbin/setcap');
  for (const [path, text] of Object.entries({
    a: '1',
    'sub/b': '2',
    'gone/c': '3',
    keep: '4',
    meta: '5',
    dir2file: '6',
  })) {
    const target = join(context, 'tree', path === 'dir2file' ? 'dir2file/f' : path);
    await mkdir(join(target, '..'), { recursive: true });
    await writeFile(target, text);
  }
}, 300_000);
afterAll(() => folder[Symbol.asyncDispose]());

const change = [
  'set -e; cd /tree; echo new > new; rm a; rm -r gone; rm -r sub; mkdir sub; echo n > sub/n',
  'chmod 4711 meta; chown 12:34 keep; ln new hard; ln -s keep link; mkdir -p deep/er/est; echo x > deep/er/est/f',
  'chmod 1777 deep; rm -r dir2file; echo file > dir2file; rm /bin/wc; mkdir /bin/wc; echo q > /bin/wc/q',
].join('; ');

async function build(lines: string[], words: string[] = [], options?: SealerOptions): Promise<Outcome> {
  await writeKubefile(context, ...lines);
  return await sealer(['build', '-t', 'run:1', '--type', 'app-installer', ...words, context, '--json'], options);
}

interface Layer {
  digest: string;
  createdBy: string;
}

async function layersOf(name = 'run:1'): Promise<Layer[]> {
  return expectSuccess(await sealer(['inspect', name, '--json'])).result.config.rootfs;
}

const blob = (digest: string) => join(sealer.home, 'store/blobs/sha256', digest.slice('sha256:'.length));
const lines = (outcome: Outcome) => outcome.events.map(({ text }) => text).filter((text) => typeof text === 'string');

/** Entries of the last layer. */
async function lastLayer(): Promise<string[]> {
  return await entriesOf(blob((await layersOf()).at(-1)?.digest as string));
}

test('crun, runc and chroot make the same layer; buildah makes it too, but for its own traces', async () => {
  const digests: string[] = [];
  for (const isolation of ['crun', 'runc', 'chroot']) {
    const built = expectSuccess(await build([`RUN ${change}`], ['--no-cache', '--isolation', isolation]));
    digests.push(built.result.digest);
  }
  expect(new Set(digests).size).toBe(1);
  const ours = await lastLayer();

  await writeFile(join(context, 'Containerfile'), `FROM scratch\nCOPY bin /bin\nCOPY tree /tree\nRUN ${change}\n`);
  const places = [
    '--root',
    join(folder.path, 'b/root'),
    '--runroot',
    join(folder.path, 'b/run'),
    '--storage-driver',
    'overlay',
  ];
  const bud = ['bud', '--isolation', 'chroot', '--layers', '-t', 'x', '-f', join(context, 'Containerfile'), context];
  await execa('buildah', [...places, ...bud]);
  const layout = join(folder.path, 'b/oci');
  await execa('buildah', [...places, 'push', 'x', `oci:${layout}:x`]);
  await rm(join(context, 'Containerfile'));
  const read = async (digest: string) =>
    JSON.parse(await readFile(join(layout, 'blobs/sha256', digest.slice(7)), 'utf8'));
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
  const manifest = await read(index.manifests[0].digest);
  const theirs = await entriesOf(join(layout, 'blobs/sha256', manifest.layers.at(-1).digest.slice(7)));
  const traces = /^(dev|proc|run|sys|etc)\//;
  // Which name of a hard link comes first is not the same.
  const plain = (entries: string[]) =>
    entries
      .filter((entry) => !traces.test(entry))
      .map((entry) => entry.replace(/^(tree\/(?:new|hard)) .*/, '$1 shared'));
  expect(theirs.some((entry) => traces.test(entry))).toBe(true);
  expect(ours.some((entry) => traces.test(entry))).toBe(false);
  expect(plain(ours)).toEqual(plain(theirs));
  expect(ours).toContain('tree/a gone');
  expect(ours).toContain('tree/sub/* gone');
  expect(ours).toContain('tree/meta -rws--x--x 0/0');
  expect(ours).toContain('tree/keep -rw-r--r-- 12/34');
});

test('extended attributes and capabilities of files are in the layer, and on an unpacked rootfs', async () => {
  const set = 'setfattr -n user.note -v hello /tree/keep && setcap cap_net_raw+ep /tree/meta';
  expectSuccess(await build([`RUN export PATH=/bin:/usr/bin:/sbin; ${set}`]));
  const shown = join(folder.path, 'shown');
  expectSuccess(await sealer(['mount', 'run:1', shown]));
  onTestFinished(async () => void (await sealer(['umount', shown])));
  const { stdout } = await execa('getfattr', [
    '--absolute-names',
    '-d',
    '-m',
    '-',
    `${shown}/tree/keep`,
    `${shown}/tree/meta`,
  ]);
  expect(stdout).toContain('user.note="hello"');
  expect(stdout).toContain('security.capability=');
  expect(stdout).not.toContain('overlay');
});

test('the environment: ARG and ENV, values only where they belong', async () => {
  const text = [
    'ARG TOKEN=default-token',
    'ENV GREETING="it\'s here"',
    'RUN echo "$GREETING|$TOKEN|$HOME|$ARCH" > /env',
  ];
  expectSuccess(await build(text, ['--build-arg', 'TOKEN=given-token']));
  const layer = (await layersOf()).at(-1) as Layer;
  const { stdout } = await execa('tar', ['-xzOf', blob(layer.digest), 'env']);
  expect(stdout).toMatch(/^it's here\|given-token\|\/root\|(amd64|arm64)$/);
  expect(layer.createdBy).toBe('RUN echo "$GREETING|$TOKEN|$HOME|$ARCH" > /env');
});

test('caches last over builds; what was only mounted leaves no trace', async () => {
  const cache = '--mount=type=cache,target=/var/cache/x';
  const text = [
    `RUN ${cache} --mount=type=tmpfs,target=/scratch/t --mount=type=bind,source=tree,target=/src,rw \\
    echo run >> /var/cache/x/count; wc -l < /var/cache/x/count; cat /src/sub/b; echo lost > /src/new; touch /scratch/t/y /made`,
  ];
  const first = expectSuccess(await build(text));
  expect(lines(first)).toEqual(expect.arrayContaining(['  | 1', '  | 2']));
  expect(await lastLayer()).toEqual(['made -rw-r--r-- 0/0']);
  // Not executed again: nothing has changed.
  expect(lines(expectSuccess(await build(text)))).toContain('  (cached)');
  expect(lines(expectSuccess(await build(text, ['--no-cache'])))).toContain('  | 2');
  // A file of the bind has.
  await writeFile(join(context, 'tree/sub/b'), '22');
  expect(lines(expectSuccess(await build(text)))).toEqual(expect.arrayContaining(['  | 3', '  | 22']));
  expect(await readdir(join(context, 'tree'))).not.toContain('new');
  await writeFile(join(context, 'tree/sub/b'), '2');
});

test('a secret is in no layer, event, log or file afterwards', async () => {
  const secret = `planted-${createHash('sha256').update(String(Math.random())).digest('hex').slice(0, 20)}`;
  await writeFile(join(folder.path, 'secret'), `${secret}\n`);
  const mount = '--mount=type=secret,id=token,required,mode=0440,uid=7';
  const text = [
    `RUN ${mount} cat /run/secrets/token; stat -c '%a %u' /run/secrets/token; cat /run/secrets/token | wc -c > /size; env; ps`,
  ];
  for (const isolation of ['crun', 'chroot']) {
    const words = ['--no-cache', '--isolation', isolation, '--secret', `id=token,src=${join(folder.path, 'secret')}`];
    const built = expectSuccess(await build(text, words));
    expect(lines(built)).toEqual(expect.arrayContaining(['  | ***', '  | 440 7']));
    expect(built.stdout + built.stderr).not.toContain(secret);
    expect(await lastLayer()).toEqual(['size -rw-r--r-- 0/0']);
    for (const { digest } of await layersOf())
      expect(
        (await execa('zcat', [blob(digest)], { encoding: 'latin1', maxBuffer: 256 * 1024 * 1024 })).stdout,
      ).not.toContain(secret);
    const found = await execa('grep', ['-rlF', secret, sealer.home]).catch((cause) => cause);
    expect(found.exitCode).toBe(1);
  }
  const missing = await build(text);
  expect(missing.stdout).toContain('RUN_SECRET_MISSING');
});

test('files that RUN makes or removes are those the build looks at', async () => {
  await writeTestImage(join(context, 'layout'), 'tool');
  await mkdir(join(context, 'etc'), { recursive: true });
  await writeFile(join(context, 'etc/old.yaml'), 'old: true\n');
  const list = 'RUN mkdir -p manifests plugins; echo "example.org/team/tool:1 from oci:layout" > manifests/imageList';
  const text = [list, 'RUN echo "kind: Note" > plugins/p.yaml; rm etc/old.yaml'];
  for (let time = 0; time < 2; time += 1) {
    // The second time from the cache.
    const built = expectSuccess(await build(text));
    expect(built.result.bundledImages).toBe(1);
    const { config } = expectSuccess(await sealer(['inspect', 'run:1', '--json'])).result;
    expect(config.documents).toEqual({ 'plugins/p.yaml': 'kind: Note\n' });
  }
  await rm(join(context, 'layout'), { recursive: true });
  await rm(join(context, 'etc'), { recursive: true });
});

test('two builds at once share what they unpack', async () => {
  await rm(join(sealer.home, 'build/rootfs'), { recursive: true, force: true });
  await writeKubefile(context, 'ARG N', 'RUN echo $N > /n');
  const one = (n: number) =>
    sealer(['build', '-t', `many:${n}`, '--type', 'app-installer', '--build-arg', `N=${n}`, context, '--json']);
  const outcomes = await Promise.all([1, 2, 3].map(one));
  outcomes.forEach(expectSuccess);
  expect(new Set(outcomes.map(({ result }) => result.digest)).size).toBe(3);
  const names = await readdir(join(sealer.home, 'build/rootfs'));
  expect(names.filter((name) => name.includes('~'))).toEqual([]);
  expect(names).toHaveLength(1);
});

test('where overlayfs cannot be mounted the command works on a copy, with the same result', async () => {
  const stage = join(folder.path, 'stage');
  for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(join(stage, name), { recursive: true });
  const options = ['lower', 'upper', 'work'].map((name) => `${name}dir=${join(stage, name)}`).join(',');
  await execa('mount', ['-t', 'overlay', '-o', options, 'overlay', join(stage, 'merged')]);
  onTestFinished(async () => void (await execa('umount', ['-l', join(stage, 'merged')])));
  const listing = async (one: Sealer) => {
    await writeKubefile(context, `RUN ${change}`);
    expectSuccess(await one(['build', '-t', 'run:1', '--type', 'app-installer', context]));
    const shown = expectSuccess(await one(['mount', 'run:1'])).stdout.trim();
    const { stdout } = await execa('find', [shown, '-printf', '%P %y %m %U:%G %s %l\n']);
    expectSuccess(await one(['umount', shown]));
    return stdout
      .split('\n')
      .map((line) => line.replace(/( d \d+ \d+:\d+) \d+/, '$1'))
      .sort();
  };
  const copied = await listing(sealerIn(join(stage, 'merged/home')));
  expect(copied).toEqual(await listing(sealer));
  expect(copied).toContain('tree/dir2file f 644 0:0 5 ');
});
