/** Where an image and what is attached to it are: the local store or a registry. Signing and verifying know only this. */

import type { Attachment } from '../image/attachment.js';
import type { Descriptor, Digest, ImageIndex, ImageManifest } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { parseReference } from '../image/reference.js';
import type { ImageStore } from '../store/store.js';
import { attachToStore, type NewAttachment } from './new-attachment.js';

export interface SignedPlace {
  /** The image's name, for messages. */
  readonly name: string;
  /** `registry.example/team/shop`. */
  readonly repository: string;
  /** What the name points to. */
  readonly root: Descriptor;
  /** What is attached to a manifest; cheap for one that has nothing. */
  attached(subject: Digest): Promise<Attachment[]>;
  manifest(descriptor: Descriptor): Promise<Buffer>;
  /** A blob of at most 4 MiB. */
  blob(descriptor: Descriptor): Promise<Buffer>;
  add(attachments: readonly NewAttachment[]): Promise<void>;
}

/** @throws IMAGE_NOT_FOUND */
export async function inStore(
  store: ImageStore,
  image: { name: string; descriptor: Descriptor },
): Promise<SignedPlace> {
  const all = await store.attachments();
  return {
    name: image.name,
    repository: parseReference(image.name).name,
    root: image.descriptor,
    attached: async (subject) => all.filter((attachment) => attachment.subject === subject),
    manifest: async ({ digest }) => await store.readSmallBlob(digest),
    blob: async ({ digest }) => await store.readSmallBlob(digest),
    add: async (attachments) => await attachToStore(store, attachments),
  };
}

/** A manifest or index whose bytes have the digest: what is signed is a digest. @throws BLOB_DIGEST_MISMATCH */
export async function readVerified(place: SignedPlace, descriptor: Descriptor): Promise<ImageManifest | ImageIndex> {
  const bytes = await place.manifest(descriptor);
  const actual = digestOf(bytes);
  if (actual !== descriptor.digest) throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: descriptor.digest, actual });
  return parseManifest(bytes, descriptor.digest);
}

/** The manifest for one attachment. @throws IMAGE_MANIFEST_INVALID */
export async function readAttached(place: SignedPlace, { descriptor }: Attachment): Promise<ImageManifest> {
  const document = await readVerified(place, descriptor);
  if (isIndex(document))
    throw imageErrors.IMAGE_MANIFEST_INVALID({ digest: descriptor.digest, reason: 'it is an index' });
  return document;
}
