/** Which names a layer may hold: nothing may reach out of the rootfs, in one layer or over several. */

/** The path below the root, '' for the root itself. @throws Error saying what is wrong with the name */
export function pathInRoot(name: string): string {
  if (name.startsWith('/')) throw new Error('has an absolute name');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error('leads out of the rootfs by ..');
  return parts.join('/');
}

/** True when a relative target climbs above the root. Absolute ones are meant within the rootfs, and allowed. */
export function climbsOut(path: string, target: string): boolean {
  if (target.startsWith('/')) return false;
  let depth = path.split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** The folders above a path, outermost first. */
export function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}

/** What a white-out (OCI layer.md) says: a path to remove, or a folder whose older content goes. */
export function whiteout(path: string): { remove: string } | { opaque: string } | undefined {
  const slash = path.lastIndexOf('/') + 1;
  const name = path.slice(slash);
  if (!name.startsWith('.wh.')) return undefined;
  if (name === '.wh..wh..opq') return { opaque: path.slice(0, Math.max(0, slash - 1)) };
  return { remove: path.slice(0, slash) + name.slice('.wh.'.length) };
}
