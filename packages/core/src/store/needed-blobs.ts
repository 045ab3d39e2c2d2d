/** Everything that must be in the store for the names it has, found as far as the manifests can be read; and where it came from. */
import { checkClusterConfig } from '../image/check-cluster-config.js';
import type { Descriptor, Digest, ImageManifest } from '../image/descriptor.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { smallBlobLimit } from './blob-files.js';
import type { StoreIndex } from './index-file.js';
import type { ImageStore } from './store.js';

/** Where a blob may be fetched again: a name whose repository has it, as a manifest or as a blob. */
export interface BlobPlace {
  name: string;
  as: 'manifest' | 'blob';
}

export interface NeededBlob {
  digest: Digest;
  /** As its descriptor says. */
  size?: number;
  mediaType?: string;
  /** `attachment`: it belongs to what is attached to an image, which is whole without it. */
  kind: 'image' | 'attachment' | 'blob';
  /** Names of the images that are hit when it is not there. */
  images: string[];
  sources: BlobPlace[];
}

/** @param damaged blobs that are not read, and so not followed */
export async function neededByNames(
  store: ImageStore,
  { names, attachments }: StoreIndex,
  damaged: ReadonlySet<Digest>,
): Promise<NeededBlob[]> {
  const walk = new Walk(store, damaged);
  for (const { name, descriptor, manifests = [] } of names)
    await walk.document(descriptor, name, 'image', new Set(manifests));
  for (let left = [...attachments]; left.length > 0; ) {
    const next = left.filter(({ subject }) => walk.found.has(subject));
    // Those of images that are gone, or whose manifest cannot be read.
    for (const { subject, descriptor } of next.length > 0 ? next : left)
      for (const image of walk.found.get(subject)?.images ?? [''])
        await walk.document(descriptor, image, 'attachment', new Set());
    left = next.length > 0 ? left.filter((one) => !next.includes(one)) : [];
  }
  return [...walk.found.values()];
}

class Walk {
  readonly found = new Map<Digest, NeededBlob>();
  readonly #store: ImageStore;
  readonly #damaged: ReadonlySet<Digest>;

  constructor(store: ImageStore, damaged: ReadonlySet<Digest>) {
    this.#store = store;
    this.#damaged = damaged;
  }

  async document(root: Descriptor, image: string, kind: NeededBlob['kind'], here: ReadonlySet<Digest>): Promise<void> {
    this.#add(root, image, kind, [{ name: image, as: 'manifest' }]);
    const bytes = await this.#read(root.digest);
    const document = bytes && readDocument(bytes, root.digest);
    if (!document) return;
    if (isIndex(document)) {
      // What was never here is not missing.
      for (const child of document.manifests)
        if (here.has(child.digest) || (await this.#store.blobSize(child.digest)) !== undefined)
          await this.document(child, image, kind, here);
      return;
    }
    const bundled = await this.#bundled(document);
    for (const entry of [document.config, ...document.layers]) {
      const origins = (bundled.get(entry.digest) ?? []).flatMap((name) => originsOf(name, entry.size));
      this.#add(entry, image, kind, [{ name: image, as: 'blob' }, ...origins]);
    }
  }

  #add({ digest, size, mediaType }: Descriptor, image: string, kind: NeededBlob['kind'], sources: BlobPlace[]): void {
    const known = this.found.get(digest) ?? { digest, size, mediaType, kind, images: [], sources: [] };
    this.found.set(digest, known);
    if (kind === 'image') known.kind = kind;
    if (image !== '' && !known.images.includes(image)) known.images.push(image);
    for (const source of sources)
      if (source.name !== '' && !known.sources.some(({ name, as }) => name === source.name && as === source.as))
        known.sources.push(source);
  }

  /** Of each blob, the container images it came with. */
  async #bundled({ config }: ImageManifest) {
    const names = new Map<Digest, string[]>();
    const bytes = config.mediaType === mediaTypes.clusterConfig ? await this.#read(config.digest) : undefined;
    for (const image of bytes ? checkClusterConfig(bytes, config.digest).bundle : [])
      for (const blob of image.blobs) names.set(blob, [...(names.get(blob) ?? []), image.name]);
    return names;
  }

  async #read(digest: Digest): Promise<Buffer | undefined> {
    if (this.#damaged.has(digest)) return undefined;
    return await this.#store.readSmallBlob(digest).catch(() => undefined);
  }
}

/** In a bundled image's own registry its documents are manifests; which ones they are only their bytes would tell. */
function originsOf(name: string, size: number): BlobPlace[] {
  const asBlob: BlobPlace = { name, as: 'blob' };
  return size > smallBlobLimit ? [asBlob] : [asBlob, { name, as: 'manifest' }];
}

function readDocument(bytes: Buffer, digest: Digest) {
  try {
    return parseManifest(bytes, digest);
  } catch {
    return undefined;
  }
}
