/** `sealer serve`: the store as a registry for skopeo, another sealer, and a plain HTTP client. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ingestBundleImage } from '../../packages/core/src/build/ingest.js';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { parseImageList } from '../../packages/core/src/image/image-list.js';
import { pullImage } from '../../packages/core/src/registry/pull-image.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { writeTestImage } from '../../packages/core/src/testing/container-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { makeCertificates } from '../support/certificates.js';
import { startContainerd } from '../support/containerd.js';
import { expectSuccess, type Running, sealerIn } from '../support/sealer.js';
import { requireSkopeo, skopeo } from '../support/skopeo.js';

const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
];
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let certificates: string;
let host: string;
let served: Running;
let shop: Awaited<ReturnType<typeof putTestClusterImage>>;
let bundled: Awaited<ReturnType<typeof ingestBundleImage>>;
const events: Record<string, unknown>[] = [];

beforeAll(async () => {
  await requireSkopeo();
  folder = await temporaryDirectory();
  certificates = join(folder.path, 'certificates');
  await makeCertificates(certificates);
  const home = join(folder.path, 'home');
  await mkdir(home);
  const store = await openStore(join(home, 'store'));
  await writeTestImage(join(home, 'oci'), 'web', { layerBytes: 400_000, platforms });
  const [entry] = parseImageList('registry.example:5000/web/front:2 from oci:oci', 'l');
  bundled = await ingestBundleImage(entry!, { store, platform: platforms[0]!, baseDirectory: home });
  shop = await putTestClusterImage(store, { name: 'team/shop:1.0', bundle: [bundled], rootfs: randomBytes(3_000_000) });
  await putTestClusterImage(store, { name: 'registry.example/team/shop:1.0' });
  await putTestClusterImage(store, { name: 'registry.example/team/shop:2.0' });
  const tls = ['--tls-cert', join(certificates, 'server.crt'), '--tls-key', join(certificates, 'server.key')];
  await new Promise<void>((resolve, reject) => {
    const onEvent = (event: Record<string, unknown>) => {
      events.push(event);
      const address = / at https:\/\/(\S+)$/.exec(String(event.text));
      if (!address) return;
      host = address[1] as string;
      resolve();
    };
    served = sealerIn(home)(['serve', '--addr', '127.0.0.1:0', ...tls, '--json'], { onEvent });
    served.then(({ code, stderr }) => reject(new Error(`serve ended with ${code}: ${stderr}`)));
  });
});

afterAll(async () => {
  served.child.kill('SIGKILL');
  await folder[Symbol.asyncDispose]();
});

const trust = () => ['--cert-dir', join(certificates, 'trust')];
const from = (name: string) => `docker://${host}/${name}`;

/** A request without any client library of ours. */
async function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const ca = await readFile(join(certificates, 'ca.crt'));
  return await new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const request = get(`https://${host}${path}`, { ca, ...options }, async (response) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) }),
    );
    request.on('error', reject);
  });
}

test('skopeo copies a cluster image and a bundled image out of it, with their digests', async () => {
  const source = ['--src-cert-dir', join(certificates, 'trust')];
  await skopeo('copy', '--preserve-digests', ...source, from('docker.io/team/shop:1.0'), `oci:${folder.path}/out:a`);
  const index = JSON.parse(await readFile(join(folder.path, 'out', 'index.json'), 'utf8'));
  expect(index.manifests[0].digest).toBe(shop.digest);
  // The index names arm64 as well, which is not here: skopeo takes the platform that is.
  const copy = ['copy', '--override-arch', 'amd64', '--override-os', 'linux', ...source];
  await skopeo(...copy, from('web/front:2'), `oci:${folder.path}/web:b`);
  const raw = await skopeo('inspect', '--raw', ...trust(), from('registry.example_5000/web/front:2'));
  expect(digestOf(raw)).toBe(bundled.image.digest);
  expect(JSON.parse(await skopeo('list-tags', ...trust(), from('registry.example/team/shop'))).Tags).toEqual([
    '1.0',
    '2.0',
  ]);
});

test('another sealer pulls from it', async () => {
  const home = join(folder.path, 'other');
  await mkdir(home);
  await writeFile(join(home, 'registries.yaml'), `registries:\n  ${host}:\n    ca: ${certificates}/ca.crt\n`);
  const store = await openStore(join(home, 'store'));
  const pulled = await pullImage(store, `${host}/docker.io/team/shop:1.0`, { sealerHome: home });
  expect(pulled.digest).toBe(shop.digest);
  expect((await store.open(pulled.name)).config).toEqual(shop.config);
});

test('containerd fetches a bundled image: from it, and with it as a mirror of the domain', async () => {
  await using containerd = await startContainerd(join(folder.path, 'containerd'));
  const hosts = join(folder.path, 'hosts');
  const ca = join(certificates, 'ca.crt');
  const mirror = `[host."https://${host}"]\n  capabilities = ["pull", "resolve"]\n  ca = "${ca}"\n`;
  for (const domain of [host, 'registry.example:5000']) {
    await mkdir(join(hosts, domain), { recursive: true });
    await writeFile(join(hosts, domain, 'hosts.toml'), mirror);
  }
  // Its default also wants the manifests of all other platforms, which a sparse index does not have.
  const fetch = ['content', 'fetch', '--skip-metadata', '--hosts-dir', hosts, '--platform', 'linux/amd64'];
  await containerd.ctr(...fetch, `${host}/web/front:2`);
  await containerd.ctr(...fetch, 'registry.example:5000/web/front:2');
  const images = await containerd.ctr('images', 'ls');
  for (const name of [`${host}/web/front:2`, 'registry.example:5000/web/front:2'])
    expect(images).toMatch(new RegExp(`^${name}\\s.*${bundled.image.digest}`, 'm'));
  expect(events.some(({ text }) => String(text).includes('/manifests/2?ns=registry.example%3A5000 200'))).toBe(true);
}, 120_000);

test('a name that two images share is refused with what to ask instead; ns= of containerd decides', async () => {
  const shared = await ask('/v2/team/shop/manifests/1.0');
  expect(shared.status).toBe(404);
  expect(String(shared.body)).toContain('docker.io/team/shop:1.0 or registry.example/team/shop:1.0');
  const decided = await ask('/v2/team/shop/manifests/1.0?ns=docker.io');
  expect(digestOf(decided.body)).toBe(shop.digest);
  expect((await ask('/v2/team/shop/manifests/2.0')).status).toBe(200);
});

test('HEAD, ranges, pages, and refusals as the specification has them', async () => {
  const { digest, size } = shop.manifest.layers[0]!;
  const blob = `/v2/team/shop/blobs/${digest}`;
  const head = await ask(blob, { method: 'HEAD' });
  expect(head).toMatchObject({
    status: 200,
    headers: { 'content-length': String(size), 'docker-content-digest': digest },
  });
  const whole = (await ask(blob)).body;
  expect(digestOf(whole)).toBe(digest);
  const part = await ask(blob, { headers: { range: 'bytes=1000-1999' } });
  expect(part).toMatchObject({ status: 206, headers: { 'content-range': `bytes 1000-1999/${size}` } });
  expect(part.body.equals(whole.subarray(1000, 2000))).toBe(true);
  expect((await ask(blob, { headers: { range: 'bytes=-10' } })).body.equals(whole.subarray(-10))).toBe(true);
  expect((await ask(blob, { headers: { range: `bytes=${size}-` } })).status).toBe(416);
  const first = await ask('/v2/team/shop/tags/list?n=1');
  expect(JSON.parse(String(first.body))).toEqual({ name: 'team/shop', tags: ['1.0'] });
  expect(first.headers.link).toBe('</v2/team/shop/tags/list?n=1&last=1.0>; rel="next"');
  expect(JSON.parse(String((await ask('/v2/_catalog')).body)).repositories).toContain('web/front');
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    expect(await ask('/v2/team/shop/blobs/uploads/', { method })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  expect((await ask('/v2/nobody/manifests/1')).status).toBe(404);
  expect((await ask('/v2/team/shop/blobs/sha256:..%2f..%2fetc')).status).toBe(400);
  expect((await ask(`/v2/team/shop/referrers/${shop.digest}`)).headers['content-type']).toContain('image.index');
});

test('requests are events, and an interrupt ends it with what it did', async () => {
  expect(
    events.some(
      ({ host: client, text }) =>
        client === '127.0.0.1' && /^GET \/v2\/team\/shop\/manifests\/1.0\S* 404/.test(String(text)),
    ),
  ).toBe(true);
  served.child.kill('SIGINT');
  const outcome = expectSuccess(await served);
  expect(outcome.result).toMatchObject({ url: `https://${host}`, requests: expect.any(Number) });
  const home = join(folder.path, 'home');
  const taken = await sealerIn(home)(['serve', '--addr', 'nowhere']);
  expect(taken.code).not.toBe(0);
  expect(taken.stderr).toContain('SERVE_ADDRESS_INVALID');
  const wrongKey = ['--tls-cert', join(certificates, 'server.crt'), '--tls-key', join(certificates, 'ca.key')];
  expect((await sealerIn(home)(['serve', '--addr', '127.0.0.1:0', ...wrongKey])).stderr).toContain('SERVE_TLS_INVALID');
});
