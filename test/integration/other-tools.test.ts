/**
 * Cluster images through the programs by which others copy images: from registry to registry, into an OCI layout and
 * back. The digest stays, what refers to the image comes along where the tool copies that, and sealer takes the copy.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingestBundleImage } from '../../packages/core/src/build/ingest.js';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import type { Descriptor, Digest } from '../../packages/core/src/image/descriptor.js';
import { hexOf } from '../../packages/core/src/image/digest.js';
import { parseImageList } from '../../packages/core/src/image/image-list.js';
import { mediaTypes } from '../../packages/core/src/image/media-types.js';
import { pullImage } from '../../packages/core/src/registry/pull-image.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { listReferrers } from '../../packages/core/src/registry/referrers.js';
import { createRegistryClient, type RegistryClient } from '../../packages/core/src/registry/registry-client.js';
import { makeSbom, sbomAttachment } from '../../packages/core/src/sbom/attach-sbom.js';
import { sbomType } from '../../packages/core/src/sbom/cyclonedx.js';
import { Secret } from '../../packages/core/src/secrets/secret.js';
import { mergeImages } from '../../packages/core/src/store/merge-images.js';
import { tarEnd, tarHeader, tarPadding } from '../../packages/core/src/tar/tar-header.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { writeTestImage } from '../../packages/core/src/testing/container-image.js';
import { newSigningKey } from '../../packages/core/src/testing/signing-key.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import type { PrivateKey } from '../../packages/core/src/trust/keys.js';
import { signImage } from '../../packages/core/src/trust/sign-image.js';
import { inStore } from '../../packages/core/src/trust/signed-place.js';
import { account, type RunningRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { type ImageCopier, type ImageTool, imageTool, imageTools } from '../support/image-tools.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
/** The tools that copy what refers to an image, when they are told to. */
const copiesReferrers: readonly ImageTool[] = ['oras', 'regctl'];

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: RunningRegistry;
let client: RegistryClient;
let sealer: Sealer;
let key: PrivateKey;
let keyFile: string;
/** What was pushed, by its repository. */
const pushed = new Map<string, { root: Digest; manifests: Digest[] }>();

beforeAll(async () => {
  folder = await temporaryDirectory();
  registry = await startDockerRegistry(folder.path, { version: '3.1' });
  client = createRegistryClient({
    baseUrl: `https://${registry.host}`,
    ca: registry.ca,
    credentials: { username: account.username, password: new Secret(account.password) },
  });
  sealer = await newHome('home');
  key = await newSigningKey('release');
  keyFile = join(folder.path, 'release.pub');
  await writeFile(keyFile, key.key.export({ type: 'spki', format: 'pem' }));
  await pushImages();
}, 1_800_000); // Three programs and a registry may have to be built first.

afterAll(async () => {
  await client.close();
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A home that can reach the registry. */
async function newHome(label: string): Promise<Sealer> {
  const home = join(folder.path, label);
  await mkdir(home);
  await writeFile(join(home, 'ca.crt'), registry.ca);
  await writeFile(join(home, 'registries.yaml'), `registries:\n  ${registry.host}:\n    ca: ca.crt\n`);
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  await writeFile(join(home, 'auth.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  return sealerIn(home);
}

/** An image of one platform and one of two; both carry a sparse index and are signed, with a bill of materials. */
async function pushImages(): Promise<void> {
  const store = await openStore(join(folder.path, 'store'));
  await writeTestImage(join(folder.path, 'oci'), 'web', { platforms, layerBytes: 100_000, refName: 'web' });
  await writeTestImage(join(folder.path, 'oci'), 'db', { layerBytes: 100_000, refName: 'db' });
  const text = Buffer.from('hello\n');
  const rootfs = Buffer.concat([tarHeader('hello.txt', text.length), text, tarPadding(text.length), tarEnd]);
  const names: string[] = [];
  for (const platform of platforms) {
    const bundle = [];
    for (const line of ['web from oci:oci:web', 'db from oci:oci:db']) {
      const [entry] = parseImageList(line, 'list');
      bundle.push(await ingestBundleImage(entry!, { store, platform, baseDirectory: folder.path }));
    }
    const name = `${registry.host}/one/${platform.architecture}:1`;
    await putTestClusterImage(store, { name, bundle, rootfs, config: platform });
    names.push(name);
  }
  await mergeImages(store, [names[0] as string], `${registry.host}/one:1`);
  await mergeImages(store, names, `${registry.host}/several:1`);
  for (const repository of ['one', 'several']) {
    const name = `${registry.host}/${repository}:1`;
    const { descriptor } = (await store.find(name)) as { descriptor: Descriptor };
    const place = await inStore(store, { name, descriptor });
    const wanted = repository === 'one' ? platforms.slice(0, 1) : platforms;
    const manifests: Digest[] = [];
    for (const platform of wanted) {
      const image = await store.open(name, platform);
      const { digest } = image;
      const size = (await store.blobSize(digest)) as number;
      const there = (await place.attached(digest)).length > 0;
      const sbom = sbomAttachment({ mediaType: mediaTypes.ociManifest, digest, size }, await makeSbom(store, image));
      if (!there) await place.add([sbom]);
      manifests.push(digest);
    }
    await signImage(await inStore(store, { name, descriptor }), key);
    await pushImage(store, name, { sealerHome: sealer.home });
    pushed.set(repository, { root: descriptor.digest, manifests });
  }
}

/** Pulled by sealer into an empty store: asked for a signature where it came along. */
async function pulled(repository: string, trusted: boolean) {
  const store = await openStore(join(folder.path, 'pulled', repository.replaceAll('/', '-')));
  const trust = { policy: trusted ? ('always' as const) : ('never' as const), keys: [key], required: 1 };
  const name = `${registry.host}/${repository}:1`;
  const { digest } = await pullImage(store, name, { sealerHome: sealer.home, platform: platforms[0], trust });
  const image = await store.open(name, platforms[0]);
  for (const blob of image.config.bundle.flatMap(({ blobs }) => blobs)) expect(await store.hasBlob(blob)).toBe(true);
  return digest;
}

async function sbomsOf(repository: string, digest: Digest): Promise<number> {
  return (await listReferrers(client, repository, digest, { artifactType: sbomType })).length;
}

describe.each(imageTools)('%s', (tool) => {
  let copier: ImageCopier;
  beforeAll(async () => {
    copier = await imageTool(tool, join(folder.path, tool), registry);
  }, 1_800_000);
  const withReferrers = copiesReferrers.includes(tool);

  test.each(['one', 'several'])(
    'copies an image of %s: to a registry, to a layout, and back',
    async (repository) => {
      const { root, manifests } = pushed.get(repository)!;
      const from = `${registry.host}/${repository}:1`;
      const [beside, back] = [`${tool}/${repository}`, `${tool}/${repository}-back`];
      const layout = join(folder.path, tool, `layout-${repository}`);
      await copier.copy(from, `${registry.host}/${beside}:1`);
      await copier.toLayout(from, layout);
      await copier.fromLayout(layout, `${registry.host}/${back}:1`);
      for (const copy of [beside, back]) {
        expect(await pulled(copy, withReferrers), copy).toBe(root);
        for (const manifest of manifests) expect(await sbomsOf(copy, manifest), copy).toBe(withReferrers ? 1 : 0);
      }
    },
    60_000,
  );

  test('sealer pulls the copy, and verifies it where the signature came along', async () => {
    const name = `${registry.host}/${tool}/several-back:1`;
    const fresh = await newHome(`home-of-${tool}`);
    expectSuccess(await fresh(['pull', name]));
    const verified = await fresh(['verify', name, '--key', keyFile]);
    expect(verified.code === 0, verified.stderr).toBe(withReferrers);
    if (!withReferrers) expect(verified.stderr).toContain('TRUST_UNSIGNED');
  }, 60_000);
});

test('crane finds every blob as it should be', async () => {
  const crane = await imageTool('crane', join(folder.path, 'crane'), registry);
  for (const repository of pushed.keys())
    expect(await crane('validate', '--remote', `${registry.host}/${repository}:1`)).toContain('PASS');
});

test.each(['crane', 'skopeo'] as const)('%s copies the tag of a signature when asked', async (tool) => {
  const copier = await imageTool(tool, join(folder.path, tool), registry);
  const { root } = pushed.get('several')!;
  const tag = `sha256-${hexOf(root)}.sig`;
  await copier.copy(`${registry.host}/several:${tag}`, `${registry.host}/${tool}/several:${tag}`);
  expect(await pulled(`${tool}/several`, true)).toBe(root);
});
