/** The file tree that rootfs layers make, read without unpacking anything: names, kinds, sizes, digests of contents. */
import { createHash } from 'node:crypto';
import type { Digest } from '../image/descriptor.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import { readTar, TarError } from '../tar/read-tar.js';
import { type ItemType, layerItem, shown } from './layer-item.js';
import { foldersOf, pathInRoot, whiteout } from './layer-path.js';
import { rootfsErrors } from './rootfs-errors.js';
import { uncompressedBytes } from './uncompressed-layer.js';

export interface RootfsFile {
  kind: ItemType;
  /** Bytes. */
  size: number;
  mode: number;
  /** `uid:gid` */
  owner: string;
  /** Of a link. */
  target: string;
  /** Hex digits of the sha256 of a file's bytes. */
  content: string;
}

type Row = [path: string, file: RootfsFile];
/** Rows of layers that have been read: images that are compared share most of theirs. */
export type ReadLayers = Map<Digest, Promise<Row[]>>;

/** @param layers in their order; @throws BLOB_MISSING, ROOTFS_LAYER_UNSAFE, ROOTFS_LAYER_DAMAGED */
export async function rootfsFiles(
  store: BlobStore,
  layers: readonly Digest[],
  known: ReadLayers = new Map(),
  signal?: AbortSignal,
): Promise<Map<string, RootfsFile>> {
  const files = new Map<string, RootfsFile>();
  for (const layer of layers) {
    const read = known.get(layer) ?? readLayer(store, layer, signal);
    known.set(layer, read);
    layOver(files, await read);
  }
  return files;
}

/** With the white-outs of OCI (layer.md): what a layer removes are things of the layers below it. */
function layOver(files: Map<string, RootfsFile>, rows: readonly Row[]): void {
  const removeBelow = (folder: string) => {
    const prefix = folder === '' ? '' : `${folder}/`;
    for (const path of files.keys()) if (path.startsWith(prefix)) files.delete(path);
  };
  for (const [path] of rows) {
    const gone = whiteout(path);
    if (!gone) continue;
    if ('opaque' in gone) removeBelow(gone.opaque);
    else {
      files.delete(gone.remove);
      removeBelow(gone.remove);
    }
  }
  const folders = new Set([...files.keys()].flatMap(foldersOf));
  for (const [path, file] of rows) {
    if (whiteout(path)) continue;
    // What is no folder takes the place of a folder and all in it.
    if (file.kind !== 'directory' && folders.has(path)) removeBelow(path);
    files.set(path, file);
  }
}

async function readLayer(store: BlobStore, layer: Digest, signal?: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  try {
    for await (const entry of readTar(uncompressedBytes(store, layer))) {
      signal?.throwIfAborted();
      const { name, type: kind, size, mode, uid, gid, linkname, content: bytes } = layerItem(entry);
      const path = inside(name, layer);
      if (path === '') continue;
      const hash = createHash('sha256');
      if (kind === 'file') for await (const piece of bytes) hash.update(piece);
      const content = kind === 'file' ? hash.digest('hex') : '';
      rows.push([path, { kind, size, mode, owner: `${uid}:${gid}`, target: shown(linkname), content }]);
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!(cause instanceof TarError) && !code?.startsWith('Z_')) throw cause;
    await checkBlob(store, layer);
    throw rootfsErrors.ROOTFS_LAYER_DAMAGED({ layer, reason: message }, { cause });
  }
  return rows;
}

function inside(name: string, layer: string): string {
  try {
    return shown(pathInRoot(name));
  } catch (cause) {
    throw rootfsErrors.ROOTFS_LAYER_UNSAFE({ layer, entry: shown(name), reason: (cause as Error).message }, { cause });
  }
}
