/** Reads a layer to its end before anything of it is unpacked, and says what unpacking it takes away. */

import { SealerError } from '../errors/sealer-error.js';
import { readTar, TarError } from '../tar/read-tar.js';
import { checkEntry } from './check-entry.js';
import { type LayerItem, layerItem, shown } from './layer-item.js';
import { whiteout } from './layer-path.js';
import { rootfsErrors } from './rootfs-errors.js';

/** What lies below a layer. */
export interface LowerTree {
  links: ReadonlySet<string>;
  folders: ReadonlySet<string>;
}

export interface LayerEffects {
  /** Paths that go, with all below, before the layer is unpacked. */
  removed: string[];
  /** Folders that are emptied before. */
  emptied: string[];
}

/** @throws ROOTFS_LAYER_UNSAFE, ROOTFS_LAYER_DAMAGED, and what `bytes` throws */
export async function checkLayer(
  bytes: AsyncIterable<Buffer>,
  layer: string,
  lower: LowerTree = { links: new Set(), folders: new Set() },
): Promise<LayerEffects> {
  const links = new Set(lower.links);
  const own = new Set<string>();
  const effects: LayerEffects = { removed: [], emptied: [] };
  try {
    for await (const entry of readTar(bytes)) {
      const item = layerItem(entry);
      const unsafe = (reason: string) => rootfsErrors.ROOTFS_LAYER_UNSAFE({ layer, entry: shown(item.name), reason });
      const path = checked(item, links, unsafe);
      const gone = whiteout(path);
      if (gone && 'remove' in gone && (/(^|\/)\.{0,2}$/.test(gone.remove) || gone.remove === ''))
        throw unsafe('removes no file of its folder');
      if (gone && 'opaque' in gone) effects.emptied.push(gone.opaque);
      else if (gone) effects.removed.push(gone.remove);
      // A file or link in the place of a folder: tar would not remove that.
      else if (item.type !== 'directory' && lower.folders.has(path)) effects.removed.push(path);
      // What tar does about a link in the place of a folder differs between versions: it finds none.
      else if (item.type === 'directory' && own.has(path)) throw unsafe('is in the place of a link of the same layer');
      else if (item.type === 'directory' && links.has(path)) effects.removed.push(path);
      if (item.type === 'symlink') {
        links.add(path);
        own.add(path);
      } else links.delete(path);
    }
  } catch (cause) {
    if (SealerError.is(cause) || !(cause instanceof TarError)) throw cause;
    throw rootfsErrors.ROOTFS_LAYER_DAMAGED({ layer, reason: cause.message }, { cause });
  }
  return effects;
}

function checked(item: LayerItem, links: ReadonlySet<string>, unsafe: (reason: string) => SealerError): string {
  try {
    return checkEntry(item, (path) => links.has(path));
  } catch (cause) {
    throw unsafe((cause as Error).message);
  }
}
