/** A container image in an OCI layout inside a tar, as `skopeo copy ... oci-archive:` and `buildah push` write it. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Descriptor } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { Reference } from '../image/reference.js';
import type { ContentSource } from '../store/content-source.js';
import { chooseFromLayout } from '../store/layout-source.js';
import type { BlobStore } from '../store/store.js';
import { withAllLayers } from './all-layers.js';
import { DockerArchiveFiles } from './docker-archive-files.js';
import { readLayoutArchive } from './read-layout-archive.js';

export interface ArchiveSourceOptions {
  store: BlobStore;
  baseDirectory: string;
  signal?: AbortSignal | undefined;
}

/**
 * A tar cannot be searched, so all its blobs go into the store at once; the image is then read from there.
 * @throws BUNDLE_SOURCE_MISSING, BUNDLE_SOURCE_AMBIGUOUS, ARCHIVE_INVALID, BLOB_DIGEST_MISMATCH
 */
export async function openOciArchiveSource(
  path: string,
  reference: Reference,
  refName: string | undefined,
  options: ArchiveSourceOptions,
): Promise<ContentSource> {
  const source = `oci-archive:${path}`;
  const file = resolve(options.baseDirectory, path);
  await requireSource(file, source, reference);
  const docker = new DockerArchiveFiles(options.store, source);
  const index = await readLayoutArchive(file, options.store, {
    signal: options.signal,
    onOther: async (entry) => {
      if (entry.type !== 'file')
        throw imageErrors.ARCHIVE_INVALID({ archive: source, reason: `${entry.name} is a link, not a file` });
      if (entry.name === 'manifest.json') await docker.take(entry);
    },
  });
  const root = await withAllLayers(options.store, chooseFromLayout(index, reference, refName, source), docker);
  return storeSource(source, root, options.store);
}

export async function requireSource(file: string, source: string, reference: Reference): Promise<void> {
  if (await stat(file).catch(() => undefined)) return;
  throw imageErrors.BUNDLE_SOURCE_MISSING({ name: reference.toString(), source });
}

/** An image whose blobs are in the store already. */
export function storeSource(name: string, root: Descriptor, store: BlobStore): ContentSource {
  return {
    name,
    root,
    manifest: (descriptor) => store.readSmallBlob(descriptor.digest),
    blob: async (descriptor) => {
      if (await store.hasBlob(descriptor.digest)) return store.readBlob(descriptor.digest);
      throw imageErrors.ARCHIVE_INVALID({ archive: name, reason: `blob ${descriptor.digest} is missing in it` });
    },
  };
}
