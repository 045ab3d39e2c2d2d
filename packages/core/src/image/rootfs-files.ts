/** The file tree that rootfs layers make, read without unpacking anything: names, kinds, sizes, digests of contents. */
import { createHash } from 'node:crypto';
import type { Digest } from './descriptor.js';
import { imageErrors } from './image-errors.js';
import { layerBytes } from './layer-bytes.js';
import { readTar, type TarEntry, TarError } from './read-tar.js';
import type { BlobStore } from './store.js';

export interface RootfsFile {
  kind: TarEntry['type'];
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

/** @param layers in their order; @throws BLOB_MISSING, LAYER_INVALID */
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
    const at = path.lastIndexOf('/') + 1;
    const [folder, name] = [path.slice(0, Math.max(0, at - 1)), path.slice(at)];
    if (name === '.wh..wh..opq') removeBelow(folder);
    else if (name.startsWith('.wh.')) {
      const gone = path.slice(0, at) + name.slice(4);
      files.delete(gone);
      removeBelow(gone);
    }
  }
  const folders = foldersOf(files.keys());
  for (const [path, file] of rows) {
    if (path.slice(path.lastIndexOf('/') + 1).startsWith('.wh.')) continue;
    // What is no folder takes the place of a folder and all in it.
    if (file.kind !== 'directory' && folders.has(path)) removeBelow(path);
    files.set(path, file);
  }
}

/** Also those that no entry is about. */
function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  return folders;
}

async function readLayer(store: BlobStore, layer: Digest, signal?: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  const invalid = (reason: string, cause?: unknown) => imageErrors.LAYER_INVALID({ layer, reason }, { cause });
  try {
    for await (const entry of readTar(layerBytes(store, layer))) {
      signal?.throwIfAborted();
      const { type: kind, size, mode, uid, gid } = entry;
      const path = entry.name.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
      if (path === '' || path === '.') continue;
      if (path.startsWith('/') || path.split('/').includes('..') || path.includes('\0'))
        throw invalid(`it holds the name ${JSON.stringify(entry.name)}, which leads out of the rootfs`);
      const hash = createHash('sha256');
      if (kind === 'file') for await (const piece of entry.content) hash.update(piece);
      const target = kind === 'symlink' || kind === 'link' ? entry.linkname : '';
      const content = kind === 'file' ? hash.digest('hex') : '';
      rows.push([path, { kind, size: kind === 'file' ? size : 0, mode, owner: `${uid}:${gid}`, target, content }]);
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (cause instanceof TarError || code?.startsWith('Z_')) throw invalid(message, cause);
    throw cause;
  }
  return rows;
}
