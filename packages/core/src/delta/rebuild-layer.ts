/** A layer's blob again, from layers of the base and a patch: the same when a delta is proven and when it is loaded. */
import { open } from 'node:fs/promises';
import type { RebuiltLayer } from './delta-document.js';
import { compressLayer } from './layer-compression.js';
import { applyPatch } from './read-patch.js';

/**
 * Bytes of the blob, to be verified by whoever takes them. @param oldPath the old space, as `extractSources` wrote it
 * @throws PatchError, or an error of zlib
 */
export async function* rebuildLayer(row: RebuiltLayer, patchPath: string, oldPath: string): AsyncGenerator<Buffer> {
  const old = await open(oldPath, 'r');
  try {
    const { size: oldSize } = await old.stat();
    const tar = applyPatch({ path: patchPath, parts: row.parts, old, oldSize, newSize: row.tarSize });
    yield* compressLayer(tar, row.compression);
  } finally {
    await old.close();
  }
}
