/**
 * The operator's image store: an OCI layout on disk (image-layout.md), content-addressed, safe under concurrent
 * writers and kill -9. `openLayoutStore` (layout-store.ts) makes one.
 */
import type { Readable } from 'node:stream';
import type { Emit } from '../events/events.js';
import type { Attachment } from '../image/attachment.js';
import type { ClusterImageConfig } from '../image/cluster-config.js';
import type { Descriptor, Digest, ImageIndex, ImageManifest, Platform } from '../image/descriptor.js';
import type { ByteSink } from './byte-sink.js';

/**
 * A blob's bytes. Given as a function, they are asked for from `start` on, and a beginning that has arrived outlives a
 * failure: the next `putBlob` of the same blob, also in another process, asks for the rest alone. What it gives to the sink
 * is the store's from then on: its memory moves to another thread.
 */
export type BlobContent = Readable | Buffer | ((start: number, sink: ByteSink) => Promise<void>);

export interface BlobStore {
  /** Path of the blob's file, whether it exists or not. */
  blobPath(digest: Digest): string;
  /** @param size when known: a file of another size is not the blob */
  hasBlob(digest: Digest, size?: number): Promise<boolean>;
  /** Size in bytes, undefined when absent. */
  blobSize(digest: Digest): Promise<number | undefined>;
  /**
   * Bytes from `start` on, all by default; the stream ends with BLOB_DAMAGED instead of its last piece when the whole does
   * not have the digest. With `end` (included) the bytes are as they are in the file: for who has checked it, or knows
   * that the other side will. Errors: BLOB_MISSING, BLOB_DAMAGED
   */
  readBlob(digest: Digest, range?: { start: number; end?: number }): Readable;
  /** The whole blob; for manifests and configs only (at most 4 MiB). @throws BLOB_MISSING, BLOB_DAMAGED, BLOB_TOO_LARGE */
  readSmallBlob(digest: Digest): Promise<Buffer>;
  /** Stores bytes whose digest (and size) must be as said. @throws BLOB_DIGEST_MISMATCH; then nothing is stored. */
  putBlob(
    expected: { digest: Digest; size?: number },
    content: BlobContent,
    options?: {
      signal?: AbortSignal | undefined;
      onBytes?: (bytes: number) => void;
      /** Bytes an earlier try had left; negative when they turned out to be wrong. */
      onKept?: (bytes: number) => void;
    },
  ): Promise<void>;
  /** Asked before blobs come whose sizes are known; what is here already is not counted. @throws DISK_FULL, DISK_NO_INODES */
  requireRoom(blobs: readonly Descriptor[], purpose: string): Promise<void>;
  /** Stores bytes and says what they are. */
  addBlob(content: Readable | Buffer): Promise<{ digest: Digest; size: number }>;
}

export interface StoredImage {
  /** Full name: `docker.io/library/shop:1.0`. */
  name: string;
  descriptor: Descriptor;
  /** Of an index: the manifests below it that were here when it got its name. */
  manifests?: Digest[];
}

/** A cluster image of one platform, its manifest and config read and checked. */
export interface LoadedImage {
  name: string;
  /** Digest of the platform's manifest. */
  digest: Digest;
  manifest: ImageManifest;
  config: ClusterImageConfig;
  /** Of an image in another form (go-sealer/): the manifest it has, from which `manifest` and `config` were made. */
  original?: ImageManifest;
  /** Paths of the rootfs, where they are known. */
  files?: readonly string[];
}

export interface PrepareOptions {
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** Images whose form is not ours are shown as cluster images by what knows the form. */
export interface OtherForm {
  /** @throws IMAGE_NOT_CLUSTER for an image of no known form */
  open(store: ImageStore, image: { name: string; digest: Digest; manifest: ImageManifest }): Promise<LoadedImage>;
  prepare(store: ImageStore, name: string, descriptor: Descriptor, options: PrepareOptions): Promise<void>;
}

export interface RemovedImage {
  untagged: string[];
  deletedBlobs: number;
  freedBytes: number;
  /** Why no blob was deleted: it could not be told what other images need. */
  problem?: string;
}

export interface ImageStore extends BlobStore {
  readonly directory: string;
  list(): Promise<StoredImage[]>;
  /** Finds an image by name, digest or unambiguous digest prefix (12 digits and more). */
  find(reference: string): Promise<StoredImage | undefined>;
  /** Reads a cluster image for a platform (default: linux on this machine's architecture). @throws IMAGE_NOT_FOUND, IMAGE_NOT_CLUSTER */
  open(reference: string, platform?: Platform): Promise<LoadedImage>;
  /** Makes what `open` needs of images in another form, everywhere below a descriptor; before a name is given. */
  prepare(name: string, descriptor: Descriptor, options: PrepareOptions): Promise<void>;
  readManifest(descriptor: Descriptor): Promise<ImageManifest | ImageIndex>;
  /** Names a manifest or index that is in the store, with what is attached to it; an older holder of the name loses it. */
  setName(name: string, descriptor: Descriptor, attachments?: readonly Attachment[]): Promise<void>;
  /** Everything attached to an image of the store. */
  attachments(): Promise<Attachment[]>;
  /** Attaches manifests that are in the store; one of the same tag is replaced. They go with what they belong to. */
  attach(attachments: readonly Attachment[]): Promise<void>;
  /** Takes the name away and deletes the blobs nobody refers to any more. */
  remove(reference: string): Promise<RemovedImage>;
  /** Deletes the blobs nobody refers to, or says which they are. @throws STORE_NOT_COLLECTED; then nothing was deleted */
  collectGarbage(options?: { dryRun?: boolean }): Promise<{ digest: Digest; size: number }[]>;
}
