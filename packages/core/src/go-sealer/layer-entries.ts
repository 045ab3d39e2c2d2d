/** The entries of one layer, uncompressed and checked: nothing that leads out of the root is passed on. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { decompressed } from '../archive/archive-entries.js';
import type { DiffId } from '../image/descriptor.js';
import { readTar, type TarEntry, TarError } from '../tar/read-tar.js';
import type { LayerTree } from './layer-tree.js';

/** What is wrong with a layer; the caller knows which layer and image. */
export class LayerError extends Error {}

/** Says what is wrong with the layer, when that is why reading it, or the content of an entry, failed. */
export function faultOfLayer(cause: unknown): string | undefined {
  const { code, message } = cause as NodeJS.ErrnoException;
  return cause instanceof LayerError || cause instanceof TarError || code?.startsWith('Z_') ? message : undefined;
}

/** What may still come; shared by the layers of an image. */
export interface Allowance {
  /** Uncompressed bytes. */
  bytes: number;
  entries: number;
  /** Characters of all names: they are kept in memory. */
  names: number;
}

/** gzip shrinks zeros a thousandfold; files of a rootfs and registry data are far from that. */
const ratio = 100;
const spareBytes = 1024 ** 3;
const maxEntries = 400_000;
const maxNames = 32 * 1024 ** 2;

/** @param compressed bytes of all layers */
export function allowanceFor(compressed: number): Allowance {
  return { bytes: compressed * ratio + spareBytes, entries: maxEntries, names: maxNames };
}

export interface LayerEntries {
  /** `name` is the path from the root; the root itself is `''`. */
  entries: AsyncGenerator<TarEntry>;
  /** Of the uncompressed bytes; known at the end. */
  diffId(): DiffId;
}

/**
 * @param label what errors call the layer
 * @throws (while it is read) what `faultOfLayer` knows, ARCHIVE_UNSUPPORTED
 */
export function layerEntries(stream: Readable, label: string, tree: LayerTree, allowance: Allowance): LayerEntries {
  const hash = createHash('sha256');
  async function* counted() {
    for await (const chunk of decompressed(stream, label)) {
      allowance.bytes -= chunk.length;
      if (allowance.bytes < 0) throw new LayerError('it unpacks to far more than its compressed bytes promise');
      hash.update(chunk);
      yield chunk;
    }
  }
  async function* entries() {
    try {
      for await (const entry of readTar(counted())) {
        allowance.entries -= 1;
        allowance.names -= entry.name.length;
        if (allowance.entries < 0) throw new LayerError(`the image has more than ${maxEntries} files`);
        if (allowance.names < 0) throw new LayerError('the names of its files are too long to be kept');
        yield { ...entry, name: checked(entry, tree) };
      }
    } finally {
      stream.destroy();
    }
  }
  return { entries: entries(), diffId: () => `sha256:${hash.digest('hex')}` };
}

/** The path from the root. @throws LayerError */
function checked({ name: written, type, linkname }: TarEntry, tree: LayerTree): string {
  const said = JSON.stringify(written);
  const path = inside(written);
  if (path === undefined) throw new LayerError(`it holds the name ${said}, which leads out of the root`);
  if (type === 'other') throw new LayerError(`${said} is a device, pipe or other special file`);
  const link = tree.linkAbove(path);
  if (link !== undefined) throw new LayerError(`${said} lies behind the link ${JSON.stringify(link)}`);
  if (type === 'link' && inside(linkname) === undefined)
    throw new LayerError(`${said} is a hard link to ${JSON.stringify(linkname)}, out of the root`);
  // An absolute target means the root of the image; nothing is written through links (above).
  if (type === 'symlink' && !linkname.startsWith('/') && climbs(path, linkname))
    throw new LayerError(`${said} is a link to ${JSON.stringify(linkname)}, out of the root`);
  return path;
}

function inside(written: string): string | undefined {
  if (written.startsWith('/') || written.includes('\0')) return undefined;
  const parts = written.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

function climbs(path: string, target: string): boolean {
  let depth = path.split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
