/** The images an archive says it holds, with the names they will get; checked before anything is named. */
import { manifestsAnnotation } from '../delta/delta-document.js';
import type { Descriptor, ImageIndex } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, isIndexType, isManifestType } from '../image/manifest-document.js';
import { annotations } from '../image/media-types.js';
import { parseReference } from '../image/reference.js';
import { collectReachable } from '../store/reachable-blobs.js';
import type { ImageStore, StoredImage } from '../store/store.js';
import { withAllLayers } from './all-layers.js';
import type { DockerArchiveFiles } from './docker-archive-files.js';

/** Docker writes the whole name here, and only the tag where OCI has the name. */
const fullName = 'io.containerd.image.name';

export interface ArchiveImage extends StoredImage {
  /** Of a delta: the image it builds on. */
  base?: { name: string; digest: string; manifests: string[] };
}

/** What may be the tag alone: OCI has it so, and containerd takes it for that. */
const bareTag = /^[\w][\w.-]{0,127}$/;

/**
 * @param docker manifest.json, which newer archives of docker have beside the index
 * @param name for the only image of an archive; for several that are named by tags alone, their repository
 * @throws ARCHIVE_INVALID, IMAGE_MANIFEST_INVALID (an image of which layers are missing)
 */
export async function layoutImages(
  store: ImageStore,
  index: ImageIndex,
  docker: DockerArchiveFiles,
  archive: string,
  name: string | undefined,
): Promise<ArchiveImage[]> {
  const invalid = (reason: string) => imageErrors.ARCHIVE_INVALID({ archive, reason });
  if (index.manifests.length === 0 && !docker.isThere) throw invalid('it holds no image');
  const images: ArchiveImage[] = [];
  for (const { annotations: all, ...descriptor } of index.manifests) {
    const chosen = chooseName(all ?? {}, index.manifests.length === 1, name, descriptor.digest, invalid);
    if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType))
      throw invalid(`${chosen} in it is ${descriptor.mediaType}, not an image`);
    const digest = all?.[annotations.baseDigest];
    const manifests = all?.[manifestsAnnotation]?.split(' ').filter(Boolean) ?? [];
    const base =
      digest === undefined ? {} : { base: { name: all?.[annotations.baseName] ?? digest, digest, manifests } };
    const whole = base.base ? descriptor : await withAllLayers(store, descriptor, docker);
    images.push({ name: parseReference(chosen).toString(), descriptor: whole, ...base });
  }
  return [...images, ...(await otherImages(docker, images))];
}

function chooseName(
  said: Readonly<Record<string, string>>,
  isOnly: boolean,
  given: string | undefined,
  digest: string,
  invalid: (reason: string) => Error,
): string {
  const found = said[fullName] ?? said[annotations.refName];
  if (isOnly && given !== undefined) return given;
  if (found === undefined) throw invalid(`image ${digest} in it has no name; give one`);
  if (said[fullName] !== undefined || !bareTag.test(found)) return found;
  if (given !== undefined) return `${given}:${found}`;
  throw invalid(`image ${digest} in it is called ${JSON.stringify(found)}, which may be its tag alone; give its name`);
}

/** What manifest.json names and the index does not. */
async function otherImages(docker: DockerArchiveFiles, known: readonly ArchiveImage[]): Promise<ArchiveImage[]> {
  const images: ArchiveImage[] = [];
  for (const row of docker.isThere ? docker.entries() : [])
    for (const tag of row.RepoTags ?? []) {
      const name = parseReference(tag).toString();
      if (![...known, ...images].some((image) => image.name === name))
        images.push({ name, descriptor: await docker.image(row) });
    }
  return images;
}

/** One for each tag. @throws ARCHIVE_INVALID */
export async function dockerImages(files: DockerArchiveFiles, archive: string, name?: string): Promise<ArchiveImage[]> {
  const entries = files.entries();
  const images: ArchiveImage[] = [];
  for (const entry of entries) {
    const given = entries.length === 1 && name !== undefined ? [name] : (entry.RepoTags ?? []);
    if (given.length === 0)
      throw imageErrors.ARCHIVE_INVALID({
        archive,
        reason: `the image with config ${entry.Config} in it has no name; give one`,
      });
    const descriptor = await files.image(entry);
    for (const tag of given) images.push({ name: parseReference(tag).toString(), descriptor });
  }
  return images;
}

/** @throws DELTA_BASE_MISSING, BLOB_MISSING, BLOB_SIZE_MISMATCH, IMAGE_MANIFEST_INVALID */
export async function checkWhole(
  store: ImageStore,
  { name, descriptor, base }: ArchiveImage,
  archive: string,
): Promise<void> {
  const missing = (digest: string, cause?: unknown) =>
    base
      ? imageErrors.DELTA_BASE_MISSING({ image: name, base: base.name, digest: base.digest }, { cause })
      : imageErrors.BLOB_MISSING({ digest, directory: store.directory, neededBy: `${name} of ${archive}` }, { cause });
  // Of a delta, even the manifest may be the base's.
  for (const digest of [descriptor.digest, ...(base?.manifests ?? [])])
    if (!isDigest(digest) || (await store.blobSize(digest)) === undefined) throw missing(digest);
  for (const found of (await collectReachable(store, descriptor)).values()) {
    const actual = await store.blobSize(found.digest);
    if (actual === undefined) throw missing(found.digest);
    if (actual !== found.size)
      throw imageErrors.BLOB_SIZE_MISMATCH({ digest: found.digest, expected: found.size, actual });
    await checkType(store, found);
  }
}

/** What is named as a manifest must be one, and an index an index: programs that trust the name would read another image. */
async function checkType(store: ImageStore, descriptor: Descriptor): Promise<void> {
  const { digest, mediaType } = descriptor;
  if (!isIndexType(mediaType) && !isManifestType(mediaType)) return;
  // A blob of a bundled image is a layer of the cluster image; its index may be sparse, but it is what it says as well.
  const document = await store.readManifest(descriptor);
  if (isIndex(document) === isIndexType(mediaType) && (document.mediaType ?? mediaType) === mediaType) return;
  const seen = document.mediaType ?? (isIndex(document) ? 'an index' : 'a manifest');
  throw imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason: `it is named as ${mediaType} but is ${seen}` });
}
