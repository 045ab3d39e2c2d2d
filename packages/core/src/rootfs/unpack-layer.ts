/** Lays one layer over a folder: checked as a whole first, then white-outs, then GNU tar with owners, modes and attributes. */

import { SealerError } from '../errors/sealer-error.js';
import * as scripts from '../generated/scripts.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import { readTar } from '../tar/read-tar.js';
import { tarEnd, tarPadding } from '../tar/tar-header.js';
import { checkLayer, type LayerEffects } from './check-layer.js';
import { encodeItem } from './encode-item.js';
import { type LayerSource, layerBytes } from './layer-bytes.js';
import { layerItem } from './layer-item.js';
import { pathInRoot, whiteout } from './layer-path.js';
import { runInside } from './run-inside.js';
import type { UserMapping } from './user-mapping.js';

/** For tar's `--xattrs-include`: what is kept of extended attributes. */
export const keptXattrs = ['--xattrs', '--xattrs-include=user.*', '--xattrs-include=security.capability'];

export interface UnpackOptions {
  signal?: AbortSignal | undefined;
  /** Compressed layers have no total: uncompressed bytes unpacked so far. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** @throws BLOB_MISSING, BLOB_DAMAGED, ROOTFS_LAYER_UNSAFE, ROOTFS_LAYER_DAMAGED, ROOTFS_LAYER_TOO_LARGE (then nothing was changed), ROOTFS_TOOL_FAILED */
export async function unpackLayer(
  store: Pick<BlobStore, 'readBlob'>,
  layer: LayerSource,
  folder: string,
  mapping: UserMapping,
  options: UnpackOptions = {},
): Promise<void> {
  const { signal } = options;
  const lower = await readTree(folder, mapping, signal);
  const effects = await checkLayer(layerBytes(store, layer, signal), layer.digest, lower).catch(async (cause) => {
    // What is no tar may be so because its blob is damaged here.
    if (SealerError.is(cause) && cause.code === 'ROOTFS_LAYER_DAMAGED') await checkBlob(store, layer.digest);
    throw cause;
  });
  await carryOut(effects, folder, mapping, signal);
  const owner = ['root', 'subids'].includes(mapping.kind) ? '--same-owner' : '--no-same-owner';
  const words = ['tar', '-C', folder, '-xpf', '-', owner, '--numeric-owner', ...keptXattrs];
  await runInside(mapping, words, { input: plainTar(layerBytes(store, layer, signal), options.onBytes), signal });
}

async function readTree(folder: string, mapping: UserMapping, signal: AbortSignal | undefined) {
  const words = ['find', folder, '-mindepth', '1', '(', '-type', 'l', '-o', '-type', 'd', ')', '-printf', '%y%P\\0'];
  const names = (await runInside(mapping, words, { signal })).toString('latin1').split('\0');
  const of = (kind: string) => new Set(names.filter((name) => name[0] === kind).map((name) => name.slice(1)));
  return { links: of('l'), folders: of('d') };
}

async function carryOut(
  { removed, emptied }: LayerEffects,
  folder: string,
  mapping: UserMapping,
  signal: AbortSignal | undefined,
): Promise<void> {
  const give = async (paths: readonly string[], ...words: string[]) => {
    if (!paths.length) return;
    const input = async function* () {
      yield Buffer.from(paths.map((path) => `./${path}\0`).join(''), 'latin1');
    };
    await runInside(mapping, ['env', '-C', folder, 'xargs', '-0', ...words], { input: input(), signal });
  };
  await give(removed, 'rm', '-rf', '--');
  await give(emptied, 'sh', '-c', scripts.emptyFolders, 'sh');
}

/** The same entries without white-outs, written anew, so that tar sees only what was checked. */
async function* plainTar(bytes: AsyncIterable<Buffer>, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const entry of readTar(bytes)) {
    const item = layerItem(entry);
    const path = pathInRoot(item.name);
    if (path === '' || whiteout(path)) continue;
    const linkname = item.type === 'link' ? `./${pathInRoot(item.linkname)}` : item.linkname;
    yield encodeItem({ ...item, name: `./${path}`, linkname });
    for await (const chunk of item.content) {
      onBytes?.(chunk.length);
      yield chunk;
    }
    yield tarPadding(item.size);
  }
  yield tarEnd;
}
