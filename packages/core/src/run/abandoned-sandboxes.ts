/** Sandboxes of builds that were killed: their processes and mounts ended with them, their folders did not. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../rootfs/run-inside.js';
import { findMapping } from '../rootfs/user-mapping.js';
import { temporaryOwner } from '../store/atomic-file.js';
import { isBelievedAlive } from '../store/process-identity.js';

/** Of another machine, or of a container that cannot be seen: longer than a build takes. Milliseconds. */
const believed = 24 * 3_600_000;

/** @param directory folder of sandboxes */
export async function removeAbandonedSandboxes(directory: string): Promise<void> {
  const names = (await readdir(directory).catch(() => [] as string[])).filter((name) => name.startsWith('sandbox~'));
  const abandoned: string[] = [];
  for (const name of names) if (!(await isInUse(directory, name))) abandoned.push(name);
  if (!abandoned.length) return;
  const mapping = await findMapping();
  for (const name of abandoned) await removeTree(mapping, join(directory, name));
}

/** Whether a name in the folder of sandboxes is one that a build works in. */
export async function isInUse(directory: string, name: string): Promise<boolean> {
  if (!name.startsWith('sandbox~')) return false;
  const found = await stat(join(directory, name)).catch(() => undefined);
  return found !== undefined && isBelievedAlive(temporaryOwner(name) ?? '', found.mtimeMs, believed);
}
