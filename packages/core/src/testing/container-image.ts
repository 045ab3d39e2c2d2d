/** Small container images for tests: real OCI layouts on disk, different bytes for different names. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Descriptor, ImageIndex, Platform } from '../image/descriptor.js';
import { digestOf, hexOf } from '../image/digest.js';
import { annotations, mediaTypes } from '../image/media-types.js';

export interface TestImageOptions {
  /** Name in index.json. Default: none. */
  refName?: string;
  /** Makes an index with an image for each; default is a single manifest for linux/amd64. */
  platforms?: Platform[];
  /** Bytes of the one layer before compression. Default 2000. */
  layerBytes?: number;
}

/** Adds an image to the layout in `directory` (made when absent) and gives its manifest's or index's descriptor. */
export async function writeTestImage(
  directory: string,
  label: string,
  options: TestImageOptions = {},
): Promise<Descriptor> {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, content: Buffer | object): Promise<Descriptor> => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = digestOf(bytes);
    await writeFile(join(blobs, hexOf(digest)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const single = async (platform: Platform): Promise<Descriptor> => {
    const text = `${label} ${platform.architecture} `;
    const tar = Buffer.from(text.repeat(Math.ceil((options.layerBytes ?? 2000) / text.length)));
    const layer = await put(mediaTypes.ociLayerGzip, gzipSync(tar));
    const config = await put(mediaTypes.ociConfig, {
      ...platform,
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      config: { Labels: { label } },
    });
    return await put(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [layer],
    });
  };
  let root: Descriptor;
  if (options.platforms) {
    const manifests: Descriptor[] = [];
    for (const platform of options.platforms) manifests.push({ ...(await single(platform)), platform });
    root = await put(mediaTypes.ociIndex, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  } else root = await single({ os: 'linux', architecture: 'amd64' });
  await addToIndex(
    directory,
    options.refName ? { ...root, annotations: { [annotations.refName]: options.refName } } : root,
  );
  return root;
}

async function addToIndex(directory: string, entry: Descriptor): Promise<void> {
  const path = join(directory, 'index.json');
  const index: ImageIndex = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as ImageIndex,
    () => ({ schemaVersion: 2, manifests: [] }),
  );
  index.manifests.push(entry);
  await writeFile(path, JSON.stringify(index));
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}
