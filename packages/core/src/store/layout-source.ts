/** A container image in an OCI layout on disk (image-layout.md), as skopeo and buildah write it. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor, ImageIndex } from '../image/descriptor.js';
import { assertDigest, hexOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { annotations } from '../image/media-types.js';
import type { Reference } from '../image/reference.js';
import { smallBlobLimit } from './blob-files.js';
import type { ContentSource } from './content-source.js';

/** @throws BUNDLE_SOURCE_MISSING, BUNDLE_SOURCE_AMBIGUOUS, STORE_UNREADABLE */
export async function openLayoutSource(
  path: string,
  source: string,
  reference: Reference,
  refName: string | undefined,
): Promise<ContentSource> {
  if (!(await stat(path).catch(() => undefined))) {
    throw imageErrors.BUNDLE_SOURCE_MISSING({ name: reference.toString(), source });
  }
  const indexPath = join(path, 'index.json');
  const bytes = await readFile(indexPath).catch((cause: Error) => {
    throw imageErrors.STORE_UNREADABLE({ path, reason: cause.message }, { cause });
  });
  const index = parseManifest(bytes, indexPath);
  if (!isIndex(index)) throw imageErrors.STORE_UNREADABLE({ path, reason: 'index.json is not an index' });
  const blobPath = (descriptor: Descriptor) =>
    join(path, 'blobs', 'sha256', hexOf(assertDigest(descriptor.digest, indexPath)));
  return {
    name: source,
    root: chooseFromLayout(index, reference, refName, source),
    manifest: async (descriptor) => {
      const found = await stat(blobPath(descriptor)).catch(() => undefined);
      if (!found) throw imageErrors.BLOB_MISSING({ digest: descriptor.digest, directory: path, neededBy: source });
      if (found.size > smallBlobLimit) {
        throw imageErrors.BLOB_TOO_LARGE({ digest: descriptor.digest, size: found.size, limit: smallBlobLimit });
      }
      return await readFile(blobPath(descriptor));
    },
    blob: async (descriptor) => {
      if (!(await stat(blobPath(descriptor)).catch(() => undefined))) {
        throw imageErrors.BLOB_MISSING({ digest: descriptor.digest, directory: path, neededBy: source });
      }
      return createReadStream(blobPath(descriptor), { highWaterMark: 1024 * 1024 });
    },
  };
}

/**
 * The entry that is meant: by reference name when given; else the one with the wanted digest, the one called like the
 * image or its tag, or the only one.
 */
export function chooseFromLayout(
  index: ImageIndex,
  reference: Reference,
  refName: string | undefined,
  source: string,
): Descriptor {
  const refOf = (entry: Descriptor) => entry.annotations?.[annotations.refName];
  const nameOf = (entry: Descriptor) => refOf(entry) ?? entry.annotations?.['io.containerd.image.name'];
  const entries = index.manifests;
  const wantedNames = [reference.toString(), reference.tag];
  const chosen =
    refName !== undefined
      ? entries.filter((entry) => refOf(entry) === refName)
      : firstNonEmpty([
          entries.filter((entry) => entry.digest === reference.digest),
          entries.length === 1 ? entries : [],
          entries.filter((entry) => wantedNames.includes(nameOf(entry))),
        ]);
  if (chosen.length === 1) return chosen[0] as Descriptor;
  throw imageErrors.BUNDLE_SOURCE_AMBIGUOUS({
    name: reference.toString(),
    source,
    candidates:
      refName !== undefined && chosen.length === 0 ? [] : entries.map((entry) => nameOf(entry) ?? entry.digest),
  });
}

function firstNonEmpty<T>(lists: T[][]): T[] {
  return lists.find((list) => list.length > 0) ?? [];
}
