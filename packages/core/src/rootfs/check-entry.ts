/** Which entries a layer may hold: the one decision by which layers are written by a build and read by everyone else. */
import { type LayerItem, shown } from './layer-item.js';
import { climbsOut, foldersOf, pathInRoot } from './layer-path.js';

/**
 * @param isLink of what lies at a path in the rootfs so far
 * @returns the path below the root. @throws Error that goes on from the entry's name: `is a device`
 */
export function checkEntry(
  item: Pick<LayerItem, 'name' | 'type' | 'linkname'>,
  isLink: (path: string) => boolean,
): string {
  const inside = (name: string, what: string) => {
    const path = pathInRoot(name);
    const link = foldersOf(path).find(isLink);
    if (link !== undefined) throw new Error(`${what}leads through the link ${shown(link)}`);
    return path;
  };
  const path = inside(item.name, '');
  if (item.type === 'char' || item.type === 'block') throw new Error('is a device');
  if (item.type === 'pipe' || item.type === 'other') throw new Error('is neither file, folder nor link');
  if (item.type === 'link') {
    if (!isInRoot(item.linkname)) throw new Error(`is a hard link out of the rootfs, to ${shown(item.linkname)}`);
    inside(item.linkname, 'is a hard link that ');
  }
  if (item.type === 'symlink' && climbsOut(path, item.linkname))
    throw new Error(`is a link out of the rootfs, to ${shown(item.linkname)}`);
  if (path === '' && item.type !== 'directory') throw new Error('is the root, and no folder');
  return path;
}

function isInRoot(name: string): boolean {
  try {
    pathInRoot(name);
    return true;
  } catch {
    return false;
  }
}
