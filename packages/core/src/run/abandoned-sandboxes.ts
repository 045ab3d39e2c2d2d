/** Sandboxes of builds that were killed: their processes and mounts ended with them, their folders did not. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../rootfs/run-inside.js';
import { findMapping } from '../rootfs/user-mapping.js';
import { temporaryOwner } from '../store/atomic-file.js';
import { isProcessAlive } from '../store/process-identity.js';

/** @param directory folder of sandboxes */
export async function removeAbandonedSandboxes(directory: string): Promise<void> {
  const names = (await readdir(directory).catch(() => [] as string[])).filter(
    (name) => name.startsWith('sandbox~') && isProcessAlive(temporaryOwner(name) ?? '') === false,
  );
  if (!names.length) return;
  const mapping = await findMapping();
  for (const name of names) await removeTree(mapping, join(directory, name));
}
