/**
 * Go sealer saves an image of several platforms as a tar of oci-archives, `<image id>.tar` each, beside a file `Metadata`
 * that holds the name. The list itself is not in it: as there, it is made anew.
 */

import type { Descriptor, ImageIndex, Platform } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseManifest, parseObject } from '../image/manifest-document.js';
import { annotations, mediaTypes } from '../image/media-types.js';
import { platformName } from '../image/platform.js';
import type { BlobStore } from '../store/store.js';
import { readEntry } from './archive-entries.js';

const nestedName = /^[0-9a-f]{64}\.tar$/;
const metadataLimit = 4096;

export class ArchiveOfArchives {
  #name: string | undefined;
  readonly #inner: ImageIndex[] = [];

  /** @param readInner reads an archive that lies in the archive */
  constructor(private readonly readInner: (content: AsyncGenerator<Buffer>, name: string) => Promise<ImageIndex>) {}

  /** Takes the entry when it is one of these; false leaves it to the caller. */
  async take(entry: Parameters<typeof readEntry>[0]): Promise<boolean> {
    if (entry.name === 'Metadata') this.#name = String(await readEntry(entry, metadataLimit)).trim();
    else if (nestedName.test(entry.name) && (await isLayout(entry)))
      this.#inner.push(await this.readInner(entry.content, entry.name));
    else return false;
    return true;
  }

  /** An index that names the list over all platforms; undefined when the archive was no such one. @throws ARCHIVE_INVALID */
  async index(store: BlobStore, archive: string): Promise<ImageIndex | undefined> {
    if (this.#inner.length === 0) return undefined;
    const name = this.#name;
    if (!name)
      throw imageErrors.ARCHIVE_INVALID({ archive, reason: 'it holds archives, but no file Metadata with their name' });
    const manifests = await Promise.all(
      this.#inner.flatMap((inner) => inner.manifests).map((descriptor) => withPlatform(store, descriptor)),
    );
    const label = ({ platform }: Descriptor) => platformName(platform as Platform);
    manifests.sort((a, b) => (label(a) < label(b) ? -1 : 1));
    const list: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    const blob = await store.addBlob(Buffer.from(JSON.stringify(list)));
    const descriptor = { mediaType: mediaTypes.ociIndex, ...blob, annotations: { [annotations.refName]: name } };
    return { schemaVersion: 2, manifests: [descriptor] };
  }
}

/** By the name of its first entry: layers of a docker-archive are called alike. The content can be read all the same. */
async function isLayout(entry: Parameters<typeof readEntry>[0]): Promise<boolean> {
  const { content } = entry;
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 100) {
    const { value, done } = await content.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  entry.content = (async function* () {
    yield head;
    yield* content;
  })();
  return /^(\.\/)?(oci-layout|index\.json|blobs\/)/.test(head.toString('latin1', 0, 100));
}

async function withPlatform(store: BlobStore, { mediaType, digest, size }: Descriptor): Promise<Descriptor> {
  const manifest = parseManifest(await store.readSmallBlob(digest), digest);
  if (isIndex(manifest)) throw imageErrors.IMAGE_MANIFEST_INVALID({ digest, reason: 'a list in a list' });
  const { config } = manifest;
  const { os, architecture, variant } = parseObject(
    await store.readSmallBlob(config.digest),
    config.digest,
  ) as unknown as Platform;
  return { mediaType, digest, size, platform: { architecture, os, ...(variant ? { variant } : {}) } };
}
