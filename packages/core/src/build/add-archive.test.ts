/** ADD of archives: what of them is unpacked, and what is refused. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { TrialBuilds } from '../testing/trial-builds.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let trial: TrialBuilds;

beforeEach(async () => {
  folder = await temporaryDirectory();
  trial = new TrialBuilds(folder.path, await openStore(join(folder.path, 'store')));
});
afterEach(() => folder[Symbol.asyncDispose]());

async function tarOf(...entries: (Partial<Header> & { name: string; content?: string })[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry({ mtime: new Date(5000), ...header }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const archive = () =>
  tarOf(
    { name: './', type: 'directory' },
    { name: './lib', type: 'symlink', linkname: 'usr/lib' },
    { name: './usr/lib/', type: 'directory', mode: 0o750 },
    { name: './lib/x', mode: 0o4755, uid: 5, gid: 6, content: 'x' },
    { name: './y', type: 'link', linkname: './usr/lib/../lib/x'.replace('/../lib', '') === '' ? '' : './lib/x' },
  );
const unpacked = ['lib -> usr/lib', 'usr/ 755 0:0', 'usr/lib/ 750 0:0', 'usr/lib/x 4755 5:6', 'y 4755 5:6'];

test.each<[string, (tar: Buffer) => Buffer | Promise<Buffer>, string, string[]]>([
  ['a tar', (tar) => tar, 'ADD a /', unpacked],
  ['gzip, whatever its name', (tar) => gzipSync(tar), 'ADD a /', unpacked],
  [
    'a folder is its target, without a slash too',
    (tar) => gzipSync(tar),
    'ADD a x',
    ['x/ 755 0:0', ...unpacked.map((line) => `x/${line}`)],
  ],
  ['COPY does not unpack', (tar) => tar, 'COPY a x', ['x 644 0:0']],
  ['nor does ADD when told so', (tar) => tar, 'ADD --unpack=false a x', ['x 644 0:0']],
  ['what is compressed and no archive', () => gzipSync('just text'), 'ADD a x', ['x 644 0:0']],
  ['an archive of nothing', () => Buffer.alloc(10_240), 'ADD a x', ['x 644 0:0']],
  [
    'another owner and mode',
    (tar) => tar,
    'ADD --chown=1:2 --chmod=u=rwX,go=rX a /',
    ['lib -> usr/lib', 'usr/ 755 1:2', 'usr/lib/ 755 1:2', 'usr/lib/x 755 1:2', 'y 755 1:2'],
  ],
])('ADD of an archive: %s', async (_, make, line, expected) => {
  const layers = await trial.build('a:1', { a: await make(await archive()) }, line);
  expect(await trial.rootfs(layers)).toEqual([...expected].sort());
});

test.each<[string, (Partial<Header> & { name: string; content?: string })[], RegExp]>([
  ['an absolute name', [{ name: '/etc/passwd' }], /absolute name/],
  ['a name with ..', [{ name: '../x' }], /leads out/],
  ['a device', [{ name: 'd', type: 'block-device', devmajor: 8, devminor: 0 }], /is a device/],
  ['a pipe', [{ name: 'p', type: 'fifo' }], /neither file/],
  ['a hard link out', [{ name: 'h', type: 'link', linkname: '../x' }], /hard link/],
  ['a hard link to nothing', [{ name: 'h', type: 'link', linkname: 'gone' }], /not in it/],
])('ADD refuses an archive with %s', async (_, entries, message) => {
  const failure = await trial.build('a:1', { a: await tarOf(...entries) }, 'ADD a /opt/').catch((cause) => cause);
  expect(failure).toMatchObject({ code: 'BUILD_ARCHIVE_INVALID', position: { line: 2 } });
  expect(failure.message).toMatch(message);
});

test('a link of an archive is judged where it comes to lie, and nothing is written through one that leads out', async () => {
  const tar = await tarOf({ name: 'l', type: 'symlink', linkname: '../x' });
  expect(await trial.rootfs(await trial.build('a:1', { a: tar }, 'ADD a /opt/'))).toEqual([
    'opt/ 755 0:0',
    'opt/l -> ../x',
  ]);
  await expect(trial.build('b:1', { a: tar }, 'ADD a /')).rejects.toMatchObject({ code: 'BUILD_ENTRY_REFUSED' });
  const through = await tarOf({ name: 'l', type: 'symlink', linkname: '/etc' }, { name: 'l/f', content: 'x' });
  expect(await trial.rootfs(await trial.build('c:1', { a: through }, 'ADD a /opt'))).toContain('etc/f 644 0:0');
});

test('a damaged archive is an error, and the same archive gives the same layer', async () => {
  const whole = gzipSync(await archive());
  const cut = gzipSync(Buffer.concat([(await archive()).subarray(0, 2048)]));
  await expect(trial.build('a:1', { a: cut }, 'ADD a /')).rejects.toMatchObject({ code: 'BUILD_ARCHIVE_INVALID' });
  const one = await trial.build('b:1', { a: whole }, 'ADD a /');
  const two = await trial.build('c:1', { 'b.tgz': whole }, 'ADD b.tgz /');
  expect(two[0]?.diffId).toBe(one[0]?.diffId);
});
