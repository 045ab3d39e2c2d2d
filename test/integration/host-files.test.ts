/** What is sent to a host, unpacked there, placed outside our folders and given back, over a real ssh connection. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Host, openHost, script } from '@sealer/core';
import { execa } from 'execa';
import { type Header, pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterPaths } from '../../packages/core/src/cluster/paths.js';
import { giveBack, itemsHold, placeItems } from '../../packages/core/src/distribute/own-items.js';
import { rootfsDifferences } from '../../packages/core/src/distribute/rootfs-differences.js';
import { unpackRootfs } from '../../packages/core/src/distribute/unpack-rootfs.js';
import { uploadBlob } from '../../packages/core/src/distribute/upload-blob.js';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import type { Digest } from '../../packages/core/src/image/descriptor.js';
import type { ImageStore } from '../../packages/core/src/store/store.js';
import { type Sshd, startSshd } from '../support/sshd.js';

const cluster = 'files';
const paths = clusterPaths(cluster);
let folder: string;
let sshd: Sshd;
let host: Host;
let store: ImageStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-files-'));
  sshd = await startSshd(folder, { disk: '64m' });
  const ssh = { user: 'root', port: sshd.port, privateKey: sshd.keyFile };
  const spec = { address: '127.0.0.1', local: false, roles: [], env: {}, labels: {}, taints: [] };
  host = await openHost({ ...spec, ssh }, { sealerHome: join(folder, 'sealer') });
  store = await openStore(join(folder, 'store'));
});

afterAll(async () => {
  await host?.close();
  await sshd?.stop();
  await rm(folder, { recursive: true, force: true });
});

const sh = async (text: string) => (await host.run(script(text))).stdout.trim();

interface Entry extends Partial<Header> {
  name: string;
  content?: string;
}

/** A rootfs layer in the store and on the host. */
async function sendLayer(...entries: Entry[]): Promise<Digest> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  const blob = await store.addBlob(gzipSync(Buffer.concat(chunks)));
  await uploadBlob(host, store, blob);
  return blob.digest;
}

async function* given(layers: readonly Digest[]) {
  yield* layers;
}

let images = 0;
async function unpack(layers: readonly Digest[]) {
  const imageDigest: Digest = `sha256:${String(images++).padStart(64, '0')}`;
  await unpackRootfs(host, { cluster, imageDigest }, layers.length, given(layers));
  return { cluster, imageDigest };
}

test('layers lie over each other; whiteouts and opaque folders take away what is below, and nothing else', async () => {
  const first = await sendLayer(
    { name: 'bin/', type: 'directory' },
    { name: 'bin/tool', mode: 0o755, content: 'one' },
    { name: 'etc/gone', content: 'x' },
    { name: 'opaque/below', content: 'x' },
    { name: 'opaque/sub/below', content: 'x' },
    { name: 'kept/file', content: 'x' },
    { name: 'becomes-file/below', content: 'x' },
  );
  const second = await sendLayer(
    { name: 'bin/tool', mode: 0o755, content: 'two' },
    { name: 'etc/.wh.gone', content: '' },
    { name: 'opaque/.wh..wh..opq', content: '' },
    { name: 'opaque/sub/own', content: 'x' },
    { name: 'becomes-file', content: 'x' },
  );
  const target = await unpack([first, second]);
  expect(await sh(`cd ${paths.rootfs}/ && find . -type f | sort && cat bin/tool`)).toBe(
    './becomes-file\n./bin/tool\n./kept/file\n./opaque/sub/own\ntwo',
  );
  expect(await rootfsDifferences(host, target, [first, second], 'contents')).toEqual([]);
  await sh(`rm ${paths.rootfs}/kept/file`);
  expect(await rootfsDifferences(host, target, [first, second], 'marks')).toEqual([
    { what: 'gone', path: 'kept/file' },
  ]);
});

test('names and links that lead out of the image write nothing there', async () => {
  const unsafe = { code: 'HOST_LAYER_UNSAFE' };
  for (const name of ['../../../../../../../../etc/climbed', '/etc/absolute'])
    await expect(unpack([await sendLayer({ name, content: 'x' })])).rejects.toMatchObject(unsafe);
  const link = await sendLayer({ name: 'out', type: 'symlink', linkname: '/etc' });
  const through = await sendLayer({ name: 'out/through', content: 'x' });
  await expect(unpack([link, through])).rejects.toMatchObject({
    ...unsafe,
    message: expect.stringContaining(through),
  });
  // By a link of the same layer: tar fails, and is not asked again.
  await sh('mkdir -p /etc/story-folder/full');
  const both = await sendLayer(
    { name: 'a', type: 'symlink', linkname: '/etc' },
    { name: 'a/story-folder', content: 'x' },
  );
  await expect(unpack([both])).rejects.toMatchObject(unsafe);
  expect(await sh('ls /etc/story-folder')).toBe('full');
  const device = await sendLayer({ name: 'pipe', type: 'fifo' });
  await expect(unpack([device])).rejects.toMatchObject(unsafe);
  expect(await sh('ls /etc | grep -E "^(climbed|absolute|through)$" || true')).toBe('');
});

test('a blob that is damaged on the host is not unpacked', async () => {
  const layer = await sendLayer({ name: 'file', content: 'good' });
  await sh(`printf x >> /var/lib/sealer/blobs/sha256/${layer.slice(7)}`);
  await expect(unpack([layer])).rejects.toMatchObject({
    code: 'HOST_BLOB_CORRUPT',
    message: expect.stringContaining(layer),
  });
});

test('an upload goes on where it was cut off, and a damaged part is sent again', async () => {
  const blob = await store.addBlob(randomBytes(8_000_000));
  const { child: cut } = await frozenUpload(blob);
  cut.kill('SIGKILL');
  const partial = `/var/lib/sealer/blobs/sha256/${blob.digest.slice(7)}.partial`;
  // The host has noticed when the part grows no more and nobody holds it.
  await sh(`flock ${partial.replace('.partial', '.lock')} true`);
  const arrived = Number(await sh(`stat -c %s ${partial}`));
  expect(arrived).toBeGreaterThan(0);
  const steps: number[] = [];
  await uploadBlob(host, store, blob, { onBytes: (bytes) => steps.push(bytes) });
  expect(steps[0]).toBe(arrived);
  expect(steps.reduce((sum, bytes) => sum + bytes, 0)).toBe(blob.size);
  const other = await store.addBlob(randomBytes(1_000_000));
  await sh(`head -c 500000 /dev/zero > /var/lib/sealer/blobs/sha256/${other.digest.slice(7)}.partial`);
  await uploadBlob(host, store, other);
  expect(await sh(`sha256sum < /var/lib/sealer/blobs/sha256/${other.digest.slice(7)}`)).toContain(
    other.digest.slice(7),
  );
});

test('a blob that is damaged in the store is told from one that was damaged on the way', async () => {
  const blob = await store.addBlob(randomBytes(100_000));
  await writeFile(store.blobPath(blob.digest), randomBytes(100_000));
  await expect(uploadBlob(host, store, blob)).rejects.toMatchObject({
    code: 'BLOB_DAMAGED',
    message: expect.stringContaining('in the image store'),
  });
});

test('a disk that is too small is said before anything is sent', async () => {
  const blob = await store.addBlob(randomBytes(60_000_000));
  const sent: number[] = [];
  const full = uploadBlob(host, store, blob, { onBytes: (bytes) => sent.push(bytes) });
  await expect(full).rejects.toMatchObject({ code: 'HOST_DISK_FULL' });
  expect(sent).toEqual([]);
});

test('an upload whose sender was frozen does not hold up the next for ever', async () => {
  const blob = await store.addBlob(randomBytes(8_000_000));
  const { child: frozen } = await frozenUpload(blob);
  try {
    await uploadBlob(host, store, blob);
    expect(await sh(`ls /var/lib/sealer/blobs/sha256 | grep -c "^${blob.digest.slice(7)}$"`)).toBe('1');
  } finally {
    frozen.kill('SIGKILL');
  }
}, 60_000);

/** Another sealer that sends the same blob, stopped in the middle: its connection lives, nothing arrives any more. */
async function frozenUpload(blob: { digest: Digest; size: number }) {
  const core = fileURLToPath(new URL('../../packages/core/dist/', import.meta.url));
  const file = join(folder, 'frozen.mjs');
  await writeFile(
    file,
    `const { openHost } = await import(${JSON.stringify(`${core}index.js`)});
const { uploadBlob } = await import(${JSON.stringify(`${core}distribute/upload-blob.js`)});
const { openStore } = await import(${JSON.stringify(`${core}go-sealer/open-store.js`)});
const [, , spec, home, store, blob] = process.argv;
const host = await openHost(JSON.parse(spec), { sealerHome: home });
let sent = 0;
await uploadBlob(host, await openStore(store), JSON.parse(blob), {
  onBytes: (bytes) => {
    sent += bytes;
    if (sent > 3e6) process.kill(process.pid, 'SIGSTOP');
  },
});
`,
  );
  const ssh = { user: 'root', port: sshd.port, privateKey: sshd.keyFile };
  const spec = { address: '127.0.0.1', local: false, roles: [], env: {}, labels: {}, taints: [], ssh };
  const words = [file, JSON.stringify(spec), join(folder, 'sealer'), store.directory, JSON.stringify(blob)];
  const child = execa(process.execPath, words, { stdio: 'inherit', reject: false });
  const partial = `/var/lib/sealer/blobs/sha256/${blob.digest.slice(7)}.partial`;
  await expect.poll(() => sh(`stat -c %s ${partial} 2>/dev/null || echo 0`), { timeout: 20_000 }).not.toBe('0');
  return { child };
}

test('what is placed is recorded and given back; what somebody changed since is kept, and said', async () => {
  await sh(
    'mkdir -p /etc/was && echo before > /etc/was/file && echo before > /etc/was/edited && ln -s a /etc/was/link',
  );
  await sh('printf "127.0.0.1 localhost\\n" > /etc/hosts.story');
  const before = await sh('cd /etc/was && ls -lR --time-style=+ . && cat file edited; cat /etc/hosts.story');
  const items = {
    files: [
      { path: '/etc/was/file', content: 'ours' },
      { path: '/etc/was/edited', content: 'ours' },
      { path: '/etc/new/deep/file', content: 'ours', mode: 0o600 },
      { path: '/etc/new/edited', content: 'ours' },
    ],
    links: { '/etc/was/link': '/etc/was/file' },
    lines: { path: '/etc/hosts.story', lines: ['10.0.0.1 api'] },
    trees: ['/var/lib/story-tree'],
  };
  await placeItems(host, cluster, paths, items);
  expect(await itemsHold(host, cluster, paths, items)).toBe(true);
  // Placing again records nothing twice.
  await placeItems(host, cluster, paths, items);
  expect(await sh(`sort ${paths.base}/owned | uniq -d`)).toBe('');
  expect(await sh('cat /etc/was/file /etc/hosts.story')).toMatch(
    /^ours127.0.0.1 localhost\n10.0.0.1 api # sealer:files/,
  );
  await sh('echo theirs > /etc/new/edited; echo theirs > /etc/was/edited; mkdir -p /var/lib/story-tree/made');
  expect(await itemsHold(host, cluster, paths, items)).toBe(false);
  const kept = await giveBack(host, cluster, paths);
  expect(kept.sort()).toEqual([
    'kept /etc/new/edited: it was changed since it was placed',
    'kept /etc/was/edited: it was changed since it was placed; what was there before is /etc/was/edited.before-sealer',
  ]);
  expect(await sh('cat /etc/new/edited /etc/was/edited /etc/was/edited.before-sealer')).toBe('theirs\ntheirs\nbefore');
  await sh('mv /etc/was/edited.before-sealer /etc/was/edited');
  expect(await sh('cd /etc/was && ls -lR --time-style=+ . && cat file edited; cat /etc/hosts.story')).toBe(before);
  expect(await sh('ls -d /etc/new/deep /var/lib/story-tree /var/lib/sealer 2>/dev/null || true')).toBe('');
});
