/**
 * Reads all layers of an image once, in order: the blobs of the registry data go into the store, small files are kept
 * in memory, and of each layer it is noted whether hosts can have it as it is.
 */
import { Readable } from 'node:stream';
import { compressionOf, readEntry } from '../archive/archive-entries.js';
import type { Descriptor, DiffId, Digest } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { isDocument } from '../image/document-paths.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import type { TarEntry } from '../tar/read-tar.js';
import { goSealerErrors } from './go-sealer-errors.js';
import { allowanceFor, faultOfLayer, LayerError, layerEntries } from './layer-entries.js';
import { LayerTree, type TreeEntry } from './layer-tree.js';

/** Go sealer leaves this folder out when it copies the rootfs to hosts. */
export const registryFolder = 'registry';
const blobPath = /^registry\/docker\/registry\/v2\/blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\/data$/;
const tagPath = /^registry\/docker\/registry\/v2\/repositories\/(.+)\/_manifests\/tags\/([^/]+)\/current\/link$/;
const linkLimit = 256;
/** Bytes of all documents: they go into a config, which has its limit. */
const documentsLimit = 2 * 1024 ** 2;

export interface ReadLayer {
  descriptor: Descriptor;
  diffId: DiffId;
  /** Has registry data, or is compressed otherwise than by gzip: hosts need it written anew. */
  rewrite: boolean;
  /** Nothing but registry data: hosts do not need it. */
  registryOnly: boolean;
}

export interface ReadImage {
  layers: ReadLayer[];
  tree: LayerTree;
  /** Blobs of the registry data; they are in the store. */
  blobs: Set<Digest>;
  /** Bytes of the documents kept in memory. */
  documentBytes: number;
}

/** Repository and tag, when the path is where distribution keeps what a tag points to. */
export function tagOf(path: string): { repository: string; tag: string } | undefined {
  const [, repository, tag] = tagPath.exec(path) ?? [];
  return repository === undefined || tag === undefined ? undefined : { repository, tag };
}

export interface ReadOptions {
  /** Name, for messages. */
  image: string;
  signal?: AbortSignal | undefined;
  /** Compressed bytes done. */
  onBytes?: (bytes: number) => void;
}

/** @throws BLOB_MISSING, BLOB_DAMAGED, GO_IMAGE_LAYER_REFUSED, BLOB_DIGEST_MISMATCH, ARCHIVE_UNSUPPORTED */
export async function readLayers(
  store: BlobStore,
  layers: readonly Descriptor[],
  options: ReadOptions,
): Promise<ReadImage> {
  const found: ReadImage = { layers: [], tree: new LayerTree(), blobs: new Set(), documentBytes: 0 };
  const allowance = allowanceFor(layers.reduce((sum, { size }) => sum + size, 0));
  for (const descriptor of layers) {
    const label = `layer ${descriptor.digest}`;
    const stream = Readable.from(counted(store.readBlob(descriptor.digest), options), { objectMode: false });
    const { entries, diffId } = layerEntries(stream, label, found.tree, allowance);
    let [registry, other] = [false, false];
    try {
      for await (const entry of entries) {
        const isRegistry = belongsToRegistry(entry.name);
        if (isRegistry) registry = true;
        else if (entry.name !== '') other = true;
        if (entry.type === 'link' && !isRegistry && belongsToRegistry(plain(entry.linkname)))
          throw new LayerError(`${JSON.stringify(entry.name)} is a hard link into ${registryFolder}/`);
        await take(entry, found, store, options);
      }
    } catch (cause) {
      const reason = faultOfLayer(cause);
      if (reason === undefined) throw cause;
      await checkBlob(store, descriptor.digest);
      const { image } = options;
      throw goSealerErrors.GO_IMAGE_LAYER_REFUSED({ image, layer: descriptor.digest, reason }, { cause });
    }
    found.tree.endLayer();
    const rewrite = registry || compressionOf(await firstBytes(store, descriptor.digest)) !== 'gzip';
    found.layers.push({ descriptor, diffId: diffId(), rewrite, registryOnly: registry && !other });
  }
  return found;
}

/** The registry folder itself, what lies in it, and white-outs of either. */
export function belongsToRegistry(path: string): boolean {
  return path === registryFolder || path === `.wh.${registryFolder}` || path.startsWith(`${registryFolder}/`);
}

async function take(entry: TarEntry, found: ReadImage, store: BlobStore, { signal }: ReadOptions): Promise<void> {
  const { name, type, size } = entry;
  if (name === '') return;
  const digest = type === 'file' ? `sha256:${blobPath.exec(name)?.[1]}` : undefined;
  if (isDigest(digest)) {
    // Twice in an image, or here from another one: skipped unread.
    if (!(await store.hasBlob(digest, size)))
      await store.putBlob({ digest, size }, Readable.from(entry.content, { objectMode: false }), { signal });
    found.blobs.add(digest);
    return;
  }
  if (belongsToRegistry(name) && !tagOf(name) && !name.includes('.wh.')) return;
  found.tree.add(name, await treeEntry(entry, found));
}

async function treeEntry(entry: TarEntry, found: ReadImage): Promise<TreeEntry> {
  const { name, type, size } = entry;
  if (type === 'directory' || type === 'symlink') return { kind: type };
  if (type === 'link') return { ...found.tree.get(plain(entry.linkname)), kind: 'file' };
  if (!(tagOf(name) ? size <= linkLimit : isDocument(name, size))) return { kind: 'file' };
  found.documentBytes += size;
  if (found.documentBytes > documentsLimit)
    throw new LayerError(`its templates and settings have more than ${documentsLimit} bytes`);
  return { kind: 'file', text: (await readEntry(entry, size)).toString('utf8') };
}

function plain(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

async function* counted(stream: Readable, { signal, onBytes }: ReadOptions): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    onBytes?.(chunk.length);
    yield chunk;
  }
}

async function firstBytes(store: BlobStore, digest: Digest): Promise<Buffer> {
  for await (const chunk of store.readBlob(digest)) return chunk as Buffer;
  return Buffer.alloc(0);
}
