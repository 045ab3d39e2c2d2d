/** Images of a store whose list is lost: manifests among the blobs that belong to no other image. They get names by digest. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest, ImageIndex, ImageManifest } from '../image/descriptor.js';
import { hexOf, isDigest } from '../image/digest.js';
import { isIndex, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import { readDerived } from './derived-images.js';
import { manifestsBelow } from './image-blobs.js';
import type { StoreIndex } from './index-file.js';
import type { ImageStore, StoredImage } from './store.js';

export async function findLostImages(store: ImageStore): Promise<StoreIndex> {
  const documents = await readDocuments(store);
  const parts = await madeOfOthers(store);
  for (const document of documents.values()) {
    const below = isIndex(document) ? document.manifests : [document.config, ...document.layers];
    for (const { digest } of below) parts.add(digest);
  }
  const names: StoredImage[] = [];
  const attachments: Attachment[] = [];
  for (const [digest, document] of documents) {
    if (parts.has(digest)) continue;
    const descriptor: Descriptor = {
      mediaType: mediaTypeOf(document),
      digest,
      size: (await store.blobSize(digest)) ?? 0,
      ...(artifactTypeOf(document) ? { artifactType: artifactTypeOf(document) as string } : {}),
    };
    const subject = isIndex(document) ? undefined : document.subject?.digest;
    if (subject !== undefined) attachments.push({ subject, descriptor });
    else {
      const manifests = await manifestsBelow(store, descriptor);
      const here = manifests.length > 0 ? { manifests } : {};
      names.push({ name: `localhost/recovered:${hexOf(digest).slice(0, 12)}`, descriptor, ...here });
    }
  }
  return { names, attachments };
}

async function readDocuments(store: ImageStore): Promise<Map<Digest, ImageManifest | ImageIndex>> {
  const documents = new Map<Digest, ImageManifest | ImageIndex>();
  for (const hex of await readdir(join(store.directory, 'blobs', 'sha256')).catch(() => [] as string[])) {
    const digest = `sha256:${hex}`;
    if (!isDigest(digest)) continue;
    try {
      documents.set(digest, parseManifest(await store.readSmallBlob(digest), digest));
    } catch {
      // A layer, a config, or damaged.
    }
  }
  return documents;
}

/** Manifests that were made of images in another form, and can be made again. */
async function madeOfOthers(store: ImageStore): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  for (const hex of await readdir(join(store.directory, 'derived')).catch(() => [] as string[])) {
    const digest = `sha256:${hex}`;
    const derived = isDigest(digest) ? await readDerived(store.directory, digest) : undefined;
    if (derived) found.add(derived.descriptor.digest);
  }
  return found;
}

function artifactTypeOf(document: ImageManifest | ImageIndex): string | undefined {
  return (document as { artifactType?: string }).artifactType;
}
