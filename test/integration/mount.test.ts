/** The rootfs of an image as a folder: for its reader by `mount`, and on a host. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { rootfsDifferences } from '../../packages/core/src/distribute/rootfs-differences.js';
import { unpackRootfs } from '../../packages/core/src/distribute/unpack-rootfs.js';
import type { RootfsLayer } from '../../packages/core/src/image/cluster-config.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { hostWith } from '../support/bound-host.js';
import { requireRunTools, writeKubefile, writeRootfs } from '../support/run-tools.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let sealer: Sealer;
let context: string;
let layers: RootfsLayer[];

beforeAll(async () => {
  await requireRunTools();
  folder = await temporaryDirectory();
  sealer = sealerIn(join(folder.path, 'home'));
  context = join(folder.path, 'context');
  await writeRootfs(context, '/usr/bin/setfattr', '/sbin/setcap');
  await mkdir(join(context, 'old/sub'), { recursive: true });
  for (const name of ['old/a', 'old/keep', 'old/sub/b']) await writeFile(join(context, name), name);
  const lines = [
    'export PATH=/bin:/usr/bin:/sbin; cd /old; echo x > own; chown 12:34 own; chmod 6755 own',
    'setfattr -n user.note -v hi keep; setcap cap_net_raw+ep a; ln a hard; ln -s keep link',
  ];
  await writeKubefile(
    context,
    `RUN ${lines.join('; ')}`,
    'RUN rm -r /old/sub; echo file > /old/sub; rm /bin/wc; rm -r /sbin',
  );
  expectSuccess(await sealer(['build', '-t', 'run:1', '--type', 'app-installer', context]));
  layers = expectSuccess(await sealer(['inspect', 'run:1', '--json'])).result.config.rootfs;
}, 300_000);
afterAll(() => folder[Symbol.asyncDispose]());

/** Everything that a rootfs keeps of its files. */
async function listing(path: string): Promise<string[]> {
  const { stdout } = await execa('find', ['.', '-printf', '%P %y %m %U:%G %l %n\n'], { cwd: path });
  const attributes = await execa('getfattr', ['-R', '-h', '-d', '-m', '^(user|security)\\.', '.'], { cwd: path });
  const ofFiles = stdout.split('\n').map((line) => (/ [dl] \d+ /.test(line) ? line.replace(/ \d+$/, '') : line));
  return [...ofFiles.filter((line) => line.startsWith('old')).sort(), ...attributes.stdout.trim().split('\n')];
}

test('as root it is mounted, to be read only, and taken away again', async () => {
  const place = join(folder.path, 'shown');
  expect(expectSuccess(await sealer(['mount', 'run:1', place])).stdout.trim()).toBe(place);
  expect(await readdir(place)).not.toContain('sbin');
  expect(await readdir(join(place, 'bin'))).not.toContain('wc');
  expect(await readFile(join(place, 'old/sub'), 'utf8')).toBe('file\n');
  await expect(writeFile(join(place, 'new'), '')).rejects.toMatchObject({ code: 'EROFS' });
  const [line] = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((one) => one.includes(place));
  expect(line).toMatch(/ ro,nosuid,nodev/);
  // Again is no mistake; another place is another mount.
  expectSuccess(await sealer(['mount', 'run:1', place]));
  const other = expectSuccess(await sealer(['mount', 'run:1'])).stdout.trim();
  expect(expectSuccess(await sealer(['mount', '--json'])).result).toHaveLength(2);
  // What is shown is not pruned.
  expectSuccess(await sealer(['prune']));
  expect(await readFile(join(place, 'old/sub'), 'utf8')).toBe('file\n');
  expectSuccess(await sealer(['umount', place, other]));
  expect(expectSuccess(await sealer(['mount', '--json'])).result).toEqual([]);
  expect(await readdir(folder.path)).not.toContain('shown');
  expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(folder.path);
});

test('mistakes change nothing', async () => {
  const full = await sealer(['mount', 'run:1', context]);
  expect(full.code).toBe(2);
  expect(full.stderr).toContain('MOUNT_TARGET_INVALID');
  expect((await sealer(['mount', 'nothing:1', join(folder.path, 'new')])).stderr).toContain('IMAGE_NOT_FOUND');
  expect(await readdir(folder.path)).not.toContain('new');
  expect((await sealer(['umount', 'run:1'])).stderr).toContain('MOUNT_NOT_FOUND');
  expect((await sealer(['umount'])).code).toBe(2);
});

test('a blob that was changed in the store is not shown', async () => {
  const home = join(folder.path, 'damaged');
  await cp(join(sealer.home, 'store'), join(home, 'store'), { recursive: true });
  const blob = join(home, 'store/blobs/sha256', (layers[0] as RootfsLayer).digest.slice(7));
  const bytes = await readFile(blob);
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
  await writeFile(blob, bytes);
  const outcome = await sealerIn(home)(['mount', 'run:1', join(folder.path, 'bad')]);
  expect(outcome.stderr).toContain('BLOB_DAMAGED');
  expect(await readdir(folder.path)).not.toContain('bad');
});

test('a host unpacks the same: owners, setuid bits, attributes, white-outs, a file in the place of a folder', async () => {
  const state = join(folder.path, 'host');
  await mkdir(join(state, 'sealer/blobs/sha256'), { recursive: true });
  for (const { digest } of layers)
    await cp(
      join(sealer.home, 'store/blobs/sha256', digest.slice(7)),
      join(state, 'sealer/blobs/sha256', digest.slice(7)),
    );
  const host = hostWith(state);
  const target = { cluster: 'unpack', imageDigest: `sha256:${'a'.repeat(64)}` } as const;
  async function* arrivals() {
    for (const { digest } of layers) yield digest;
  }
  await unpackRootfs(host, target, layers.length, arrivals());
  const digests = layers.map(({ digest }) => digest);
  expect(await rootfsDifferences(host, target, digests, 'contents')).toEqual([]);
  const onHost = await listing(join(state, 'sealer/clusters/unpack/versions', 'a'.repeat(64)));

  const shown = expectSuccess(await sealer(['mount', 'run:1', join(folder.path, 'compare')])).stdout.trim();
  onTestFinished(async () => void (await sealer(['umount', shown])));
  const here = await listing(shown);
  // Files of the cache are shared by hard links with shorter chains.
  const plain = (lines: string[]) => lines.map((line) => line.replace(/^(old\/\S+ f .*) \d+$/, '$1'));
  expect(plain(onHost)).toEqual(plain(here));
  expect(onHost).toContain('old/own f 6755 12:34  1');
  expect(onHost).toContain('old/hard f 644 0:0  2');
  expect(onHost).toContain('user.note="hi"');
  expect(onHost.join('\n')).toMatch(/security.capability=/);
});
