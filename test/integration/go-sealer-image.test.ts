/** An image as Go sealer makes it, by real buildah and a real registry: loaded, pulled, looked at, pushed, built upon. */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTestImage } from '../../packages/core/src/testing/container-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { account, type RunningRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { buildGoSealerImage, type GoSealerImage } from '../support/go-sealer-image.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';
import { skopeo } from '../support/skopeo.js';
import { tellInOrder } from '../support/story.js';

tellInOrder();

const name = 'localhost/shop:1.0';
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let image: GoSealerImage;
let registry: RunningRegistry;
let archive: string;
let pushed: string;
let webDigest: string;
let indexDigest: string;

/** A home that can talk to the registry. */
async function homeCalled(label: string): Promise<Sealer> {
  const home = join(folder.path, label);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'ca.crt'), registry.ca);
  await writeFile(join(home, 'registries.yaml'), `registries:\n  ${registry.host}:\n    ca: ca.crt\n`);
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  await writeFile(join(home, 'auth.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }), { mode: 0o600 });
  return sealerIn(home);
}

beforeAll(async () => {
  folder = await temporaryDirectory();
  const layout = join(folder.path, 'layout');
  webDigest = (await writeTestImage(layout, 'web', { refName: 'web', layerBytes: 300_000 })).digest;
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  indexDigest = (await writeTestImage(layout, 'tool', { refName: 'tool', platforms })).digest;
  const rootfs = join(folder.path, 'rootfs');
  for (const path of ['bin', 'etc', 'application/apps/web', 'plugins'])
    await mkdir(join(rootfs, path), { recursive: true });
  await writeFile(join(rootfs, 'bin', 'tool'), randomBytes(2_000_000), { mode: 0o755 });
  await writeFile(join(rootfs, 'etc', 'site.yml.tmpl'), 'port: {{ .Port }}\n');
  await writeFile(join(rootfs, 'application/apps/web/web.yaml'), 'kind: Namespace\n');
  image = await buildGoSealerImage({
    name,
    work: join(folder.path, 'buildah'),
    rootfs,
    lines: ['COPY bin bin', 'COPY etc etc', 'COPY application application'],
    containerImages: [
      { image: 'docker.io/library/web:1', source: `oci:${layout}:web`, appName: 'web' },
      { image: 'quay.io/team/tool:2', source: `oci:${layout}:tool` },
    ],
    extension: {
      type: 'app-installer',
      env: { Port: '80' },
      applications: [{ name: 'web', type: 'kube', files: ['web.yaml'], version: 'v1' }],
      launch: { app_names: ['web'] },
    },
    labels: { 'cluster.alpha.sealer.io/kube-cni-web': 'true' },
  });
  archive = join(folder.path, 'shop.tar');
  await image.saveOciArchive(archive);
  registry = await startDockerRegistry(join(folder.path, 'registry'));
  pushed = await image.push(registry, 'team/shop:1.0');
});

afterAll(async () => {
  await image?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test('load from an oci-archive; images, inspect, history', async () => {
  const sealer = await homeCalled('loaded');
  const loaded = expectSuccess(await sealer(['load', '-i', archive, '--json']));
  expect(loaded.result).toMatchObject([{ name }]);
  expect(loaded.events.some(({ type, title }) => type === 'progress' && String(title).includes(name))).toBe(true);
  const [row] = expectSuccess(await sealer(['images', '--json'])).result;
  expect(row).toMatchObject({ name, type: 'app-installer', platforms: ['linux/amd64'], bundled: 4 });
  const seen = expectSuccess(await sealer(['inspect', name, '--json'])).result;
  expect(seen).toMatchObject({
    digest: row.digest,
    madeBy: 'Go sealer v0.11.0',
    config: { env: { Port: '80' }, cni: ['web'], launch: { apps: ['web'], commands: [] } },
  });
  expect(seen.config.documents).toEqual({ 'etc/site.yml.tmpl': 'port: {{ .Port }}\n' });
  expect(seen.bundle.map((one: { name: string; digest: string }) => [one.name, one.digest])).toEqual([
    ['docker.io/library/web:1', webDigest],
    ['quay.io/team/tool:2', indexDigest],
    ['sea.hub:5000/library/web:1', webDigest],
    ['sea.hub:5000/team/tool:2', indexDigest],
  ]);
  expect(expectSuccess(await sealer(['inspect', name])).stdout).toContain('made by            Go sealer v0.11.0');
  expect(expectSuccess(await sealer(['images', '--bundle', name])).stdout).toContain('(app web)');
  const history = expectSuccess(await sealer(['history', name]))
    .stdout.trim()
    .split('\n');
  // The layer of the registry data goes to no host.
  expect(history.slice(1).map((line) => line.replace(/.*(COPY .*)/, '$1').trim())).toEqual([
    'COPY bin',
    'COPY etc',
    'COPY application',
  ]);
  // Another tool still reads the store, and finds the image as buildah made it.
  const layout = `oci:${join(sealer.home, 'store')}:${name}`;
  const { Digest: digest, Layers: layers } = JSON.parse(await skopeo('inspect', layout));
  expect(digest).toBe(row.digest);
  expect(layers).toHaveLength(4);
});

test('pull from a registry, and push again: the same digest, nothing sent', async () => {
  const sealer = await homeCalled('pulled');
  const source = `${registry.host}/team/shop:1.0`;
  expect(expectSuccess(await sealer(['pull', source, '--json'])).result).toMatchObject({ digest: pushed });
  const again = expectSuccess(await sealer(['push', source, '--json'])).result;
  expect(again).toMatchObject({ digest: pushed, sent: 0 });
  const other = expectSuccess(await sealer(['push', source, `${registry.host}/other/shop:2`, '--json'])).result;
  expect(other.digest).toBe(pushed);
  const target = await homeCalled('pulled-again');
  const pulled = expectSuccess(await target(['pull', `${registry.host}/other/shop:2`, '--json'])).result;
  expect(pulled.digest).toBe(pushed);
  expect(
    expectSuccess(await target(['inspect', `${registry.host}/other/shop:2`, '--json'])).result.bundle,
  ).toHaveLength(4);
});

test('save and load again keep the digest', async () => {
  const sealer = await homeCalled('loaded');
  const [{ digest }] = expectSuccess(await sealer(['images', '--json'])).result;
  const copy = join(folder.path, 'copy.tar');
  expectSuccess(await sealer(['save', name, '-o', copy]));
  const target = await homeCalled('copied');
  expectSuccess(await target(['load', '-i', copy]));
  expect(expectSuccess(await target(['images', '--json'])).result).toMatchObject([{ name, digest, bundled: 4 }]);
});

test('FROM in a Kubefile: an image in our form with everything of it; diff says what is new', async () => {
  const sealer = await homeCalled('loaded');
  const context = join(folder.path, 'context');
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'more.yaml'), 'kind: Namespace\n');
  await writeFile(join(context, 'Kubefile'), `FROM ${name}\nAPP more local://more.yaml\nLAUNCH ["web", "more"]\n`);
  expectSuccess(await sealer(['build', '-t', 'child:1', context]));
  const seen = expectSuccess(await sealer(['inspect', 'child:1', '--json'])).result;
  expect(seen.manifest.artifactType).toBe('application/vnd.sealer.cluster.v1');
  expect(seen.config).toMatchObject({ type: 'app-installer', env: { Port: '80' }, launch: { apps: ['web', 'more'] } });
  expect(seen.bundle).toHaveLength(4);
  const diff = expectSuccess(await sealer(['diff', name, 'child:1'])).stdout;
  expect(diff).toContain('+ app more');
  expect(diff).not.toContain('bundled image');
  const copy = join(folder.path, 'child.tar');
  expectSuccess(await sealer(['save', 'child:1', '-o', copy]));
  const target = await homeCalled('child');
  expectSuccess(await target(['load', '-i', copy]));
  const { stdout } = await execa('tar', ['-tf', copy]);
  // What the bundle consists of is in it blob by blob.
  expect(stdout).toContain(webDigest.slice('sha256:'.length));
});

test('rmi takes what was made of it, too', async () => {
  const sealer = await homeCalled('copied');
  expectSuccess(await sealer(['rmi', name]));
  expect(
    (await execa('find', [join(sealer.home, 'store/blobs'), join(sealer.home, 'store/derived'), '-type', 'f'])).stdout,
  ).toBe('');
});

test('an archive that is cut, or whose annotation is damaged, is refused and leaves no name', async () => {
  const sealer = await homeCalled('refused');
  const cut = join(folder.path, 'cut.tar');
  await cp(archive, cut);
  await truncate(cut, (await readFile(archive)).length - 200_000);
  const first = await sealer(['load', '-i', cut]);
  expect(first.code).not.toBe(0);
  expect(first.stderr).toMatch(/ARCHIVE_INVALID|BLOB_/);
  const broken = await buildGoSealerImage({
    name: 'localhost/broken:1',
    work: join(folder.path, 'broken'),
    rootfs: join(folder.path, 'rootfs'),
    containerImages: [],
    extension: { type: 'neither' },
    labels: {},
  });
  const damaged = join(folder.path, 'broken.tar');
  await broken.saveOciArchive(damaged);
  await broken[Symbol.asyncDispose]();
  const second = await sealer(['load', '-i', damaged]);
  expect(second.stderr).toContain('GO_IMAGE_INVALID');
  expect(second.stderr).toContain('its type is "neither"');
  expect(expectSuccess(await sealer(['images', '--json'])).result).toEqual([]);
});
