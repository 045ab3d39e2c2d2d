/**
 * Decides, when images are saved against a base, for each new layer whether the archive carries a patch or the layer
 * itself. A patch is carried only when the layer, rebuilt from it here, has the layer's digest.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { isLayerType, layerFormat } from '../image/layer-types.js';
import { uncompressedBytes } from '../rootfs/uncompressed-layer.js';
import { storeTemporaryPath } from '../store/layout-store.js';
import type { ImageStore } from '../store/store.js';
import { TarError } from '../tar/read-tar.js';
import {
  compressorHere,
  type DeltaDocument,
  deltaMediaType,
  type RebuiltLayer,
  type WholeLayer,
} from './delta-document.js';
import { detectCompression } from './layer-compression.js';
import { OldFiles } from './old-files.js';
import { patchLayer } from './patch-layer.js';
import { rebuildLayer } from './rebuild-layer.js';
import { type TarFile, tarInventory } from './tar-inventory.js';

/** Smaller layers are carried whole without a look. */
const smallestLayer = 16 * 1024;
/** Of the layer's size; a patch that spares less is not worth the work of applying it. */
const worthwhile = 0.9;

export interface Delta {
  document: DeltaDocument;
  documentBytes: Buffer;
  documentDigest: Digest;
  /** Files of the archive, by digest; gone after `dispose`. */
  patches: { digest: Digest; size: number; path: string }[];
  /** Layers that need not be in the archive. */
  rebuilt: ReadonlySet<Digest>;
  dispose(): Promise<void>;
}

export interface DeltaOptions {
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** @param fresh what the archive would carry; @param base every blob of the base */
export async function makeDelta(
  store: ImageStore,
  fresh: Iterable<Descriptor>,
  base: Iterable<Descriptor>,
  options: DeltaOptions = {},
): Promise<Delta> {
  const folder = storeTemporaryPath(store, 'delta');
  await mkdir(folder, { recursive: true });
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    return { ...(await compareLayers(store, [...fresh], [...base], folder, options)), dispose };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}

async function compareLayers(
  store: ImageStore,
  fresh: readonly Descriptor[],
  base: readonly Descriptor[],
  folder: string,
  { signal, emit }: DeltaOptions,
): Promise<Omit<Delta, 'dispose'>> {
  const layers = fresh.filter(({ mediaType }) => isLayerType(mediaType));
  const oldLayers = base.filter(({ mediaType }) => layerFormat(mediaType) !== undefined);
  const sum = (list: readonly Descriptor[]) => list.reduce((total, { size }) => total + size, 0);
  const progress = { type: 'progress', id: 'delta', title: 'Compare with the base', unit: 'bytes' } as const;
  const total = sum(layers) + sum(oldLayers);
  let current = 0;
  const advance = (size: number) => {
    current += size;
    emit?.({ ...progress, current, total, ...(current === total ? { done: true } : {}) });
  };
  const rows: RebuiltLayer[] = [];
  const whole: WholeLayer[] = [];
  const patches: Delta['patches'] = [];
  let olds: Promise<OldFiles> | undefined;
  const filesOfBase = () => {
    olds ??= indexBase(store, oldLayers, advance, signal);
    return olds;
  };
  for (const [index, { digest, size, mediaType }] of layers.entries()) {
    signal?.throwIfAborted();
    const names = {
      tar: join(folder, `tar-${index}`),
      old: join(folder, `old-${index}`),
      patch: join(folder, `patch-${index}`),
    };
    const found = await patchOrReason(store, { digest, size, mediaType }, filesOfBase, names, signal);
    if (typeof found === 'string') whole.push({ digest, size, reason: found });
    else {
      rows.push(found);
      patches.push({ ...found.patch, path: names.patch });
    }
    for (const path of [names.tar, names.old]) await rm(path, { force: true });
    advance(size);
  }
  if (!olds) advance(sum(oldLayers));
  const document: DeltaDocument = {
    schemaVersion: 1,
    mediaType: deltaMediaType,
    compressor: compressorHere,
    layers: rows,
    whole,
  };
  const documentBytes = Buffer.from(JSON.stringify(document));
  const rebuilt = new Set(rows.map(({ digest }) => digest));
  return { document, documentBytes, documentDigest: digestOf(documentBytes), patches, rebuilt };
}

/** The row of a layer that a patch makes again, with the patch written; or why the layer is carried whole. */
async function patchOrReason(
  store: ImageStore,
  { digest, size, mediaType }: Descriptor,
  filesOfBase: () => Promise<OldFiles>,
  names: { tar: string; old: string; patch: string },
  signal: AbortSignal | undefined,
): Promise<RebuiltLayer | string> {
  if (size < smallestLayer) return 'it is small';
  if (!layerFormat(mediaType)) return `it is ${mediaType}, which is not looked into`;
  const compression = await detectCompression(store, digest);
  if (!compression) return 'its compression cannot be repeated here: it is not of sealer or zlib';
  const olds = await filesOfBase();
  const tar = await unpackLayer(store, digest, names.tar, signal);
  if (typeof tar === 'string') return tar;
  const made = await patchLayer({ store, tar, olds, oldPath: names.old, patchPath: names.patch, signal });
  if (!made) return 'the base has no file like any of it';
  const patch = { digest: await fileDigest(names.patch), size: (await stat(names.patch)).size };
  if (patch.size > size * worthwhile) return 'a patch would not be smaller';
  const { space, parts } = made;
  const row = { digest, size, tarSize: tar.size, compression, sources: space.sources, patch, parts };
  if (await isRebuilt(row, names.patch, names.old, signal)) return row;
  return 'rebuilt from a patch it has another digest: it was compressed in an unusual way';
}

async function indexBase(
  store: ImageStore,
  layers: readonly Descriptor[],
  advance: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<OldFiles> {
  const olds = new OldFiles();
  for (const { digest, size } of layers) {
    signal?.throwIfAborted();
    try {
      olds.add(digest, await tarInventory(uncompressedBytes(store, digest)));
    } catch (cause) {
      // Nothing can be taken from a layer that is no tar.
      if (!isUnreadable(cause)) throw cause;
    }
    advance(size);
  }
  return olds;
}

/** The tar as a file, or the reason why not. */
async function unpackLayer(store: ImageStore, digest: Digest, path: string, signal?: AbortSignal) {
  const file = createWriteStream(path, { flags: 'wx', highWaterMark: 4 * 1024 * 1024 });
  const ended = finished(file);
  ended.catch(() => undefined);
  let written = 0;
  async function* copied(): AsyncGenerator<Buffer> {
    for await (const piece of uncompressedBytes(store, digest)) {
      signal?.throwIfAborted();
      written += piece.length;
      if (!file.write(piece)) await Promise.race([once(file, 'drain'), ended]);
      yield piece;
    }
  }
  let files: TarFile[];
  try {
    files = await tarInventory(copied());
  } catch (cause) {
    if (isUnreadable(cause)) return `it is not a usable tar: ${cause.message}`;
    throw cause;
  } finally {
    file.end();
    await ended;
  }
  return { path, size: written, files };
}

function isUnreadable(cause: unknown): cause is Error {
  if (SealerError.is(cause)) return cause.code === 'ROOTFS_LAYER_TOO_LARGE';
  return cause instanceof TarError || String((cause as NodeJS.ErrnoException).code).startsWith('Z_');
}

async function isRebuilt(row: RebuiltLayer, patch: string, old: string, signal?: AbortSignal): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const piece of rebuildLayer(row, patch, old)) {
    signal?.throwIfAborted();
    hash.update(piece);
  }
  return `sha256:${hash.digest('hex')}` === row.digest;
}

async function fileDigest(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
