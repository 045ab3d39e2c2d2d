import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import type { ImageListEntry } from '../image/image-list.js';
import { mediaTypes } from '../image/media-types.js';
import { parseReference, type Reference } from '../image/reference.js';
import type { ContentSource } from '../store/content-source.js';
import { writeClusterImage } from '../store/write-cluster-image.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { refuseTooManyBlobs } from './count-blobs.js';

const platform = { os: 'linux', architecture: 'amd64' };
const digest = (text: string): Digest => digestOf(Buffer.from(text));
const blob = (text: string): Descriptor => ({ mediaType: mediaTypes.ociLayerGzip, digest: digest(text), size: 1234 });
const wanted = (count: number): ImageListEntry[] =>
  Array.from({ length: count }, (_, at) => ({
    reference: parseReference(`registry.example/app:${at}`),
    source: { kind: 'registry' },
    origin: 'f:1',
  }));

/** Images of that many layers each; counts how often one is looked at. */
function registry(layers: number) {
  const asked: string[] = [];
  const open = async (reference: Reference): Promise<ContentSource> => {
    const name = String(reference);
    asked.push(name);
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { ...blob(`${name} config`), mediaType: mediaTypes.ociConfig },
        layers: Array.from({ length: layers }, (_, at) => blob(`${name} ${at}`)),
      }),
    );
    const root = { mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), size: manifest.length };
    return {
      name: 'registry.example',
      root,
      manifest: async () => manifest,
      blob: () => Promise.reject(new Error('none')),
    };
  };
  return { asked, open };
}

test('few images are not looked at', async () => {
  const { asked, open } = registry(127);
  await refuseTooManyBlobs([], wanted(100), { platform, open });
  expect(asked).toEqual([]);
});

test('what one manifest cannot name is refused before a blob is fetched', async () => {
  const { open } = registry(110);
  const failure = await refuseTooManyBlobs([], wanted(200), { platform, open }).catch((cause) => cause);
  expect(failure).toMatchObject({ code: 'IMAGE_TOO_MANY_BLOBS', exitCode: 4 });
  expect(failure.message).toMatch(/blobs in \d+ bytes; registries take 4194304/);
});

test('many small images are fine; with those of the parent they may be too many', async () => {
  const { asked, open } = registry(3);
  await refuseTooManyBlobs([], wanted(200), { platform, open });
  expect(asked).toHaveLength(200);
  const carried = Array.from({ length: 20_000 }, (_, at) => blob(`parent ${at}`));
  const outcome = refuseTooManyBlobs(carried, wanted(200), { platform, open });
  await expect(outcome).rejects.toMatchObject({ code: 'IMAGE_TOO_MANY_BLOBS' });
});

test('writing refuses what the count let pass', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(join(folder.path, 'store'));
  const blobs = Array.from({ length: 22_000 }, (_, at) => blob(String(at)));
  const image = {
    name: 'registry.example/app:1',
    digest: digest('0'),
    mediaType: mediaTypes.ociManifest,
    size: 1,
    blobs: blobs.map((one) => one.digest),
    origin: 'f:1',
  };
  const config = {
    schemaVersion: 1 as const,
    type: 'app-installer' as const,
    ...platform,
    labels: {},
    env: {},
    apps: [],
    launch: { apps: [], commands: [] },
    cni: [],
    csi: [],
    rootfs: [],
    bundle: [image],
    documents: {},
  };
  await expect(writeClusterImage(store, config, blobs)).rejects.toMatchObject({ code: 'IMAGE_TOO_MANY_BLOBS' });
  const fewer = blobs.slice(0, 20_000);
  const small = { ...config, bundle: [{ ...image, blobs: fewer.map((one) => one.digest) }] };
  expect((await writeClusterImage(store, small, fewer)).descriptor.size).toBeLessThan(4 * 1024 * 1024);
});
