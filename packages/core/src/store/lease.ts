/**
 * Leases keep a garbage collection from taking blobs that a build or load in another process has added, or found and
 * relies on, but not yet named. A lease is a file that names its process; while it lives, every blob touched since
 * the lease began is kept. Leases are taken under the store's lock, so none begins in the middle of a collection.
 */
import { unlinkSync } from 'node:fs';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryName, temporaryOwner } from './atomic-file.js';
import { withLock } from './lock-file.js';
import { isBelievedAlive } from './process-identity.js';

/** A lease of another machine or container that cannot be seen is believed for this long. */
const foreignLifetime = 24 * 3_600_000;
/** Granularity of file times, generously. */
const slack = 2_000;

/** Files to delete when the process ends in an orderly way; after kill -9 the dead process's lease is recognised. */
const held = new Set<string>();
let hooked = false;

export class Lease {
  readonly #directory: string;
  readonly #lockPath: string;
  #taken: Promise<string | undefined> | undefined;

  constructor(directory: string, lockPath: string) {
    this.#directory = directory;
    this.#lockPath = lockPath;
  }

  /** Begins the lease unless it has begun. */
  async take(): Promise<void> {
    this.#taken ??= this.#create();
    await this.#taken;
  }

  /** Ends it: what was written has a name now. The next write begins a new one. */
  async release(): Promise<void> {
    const path = await this.#taken;
    this.#taken = undefined;
    if (path === undefined) return;
    held.delete(path);
    await rm(path, { force: true });
  }

  async #create(): Promise<string | undefined> {
    const path = temporaryName(this.#directory, 'lease');
    try {
      await withLock(this.#lockPath, async () => await writeFile(path, '', { flag: 'wx' }));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // A store that may only be read: its blobs can be used, and nobody asks it to keep new ones.
      if (code === 'EROFS' || code === 'EACCES') return undefined;
      this.#taken = undefined;
      throw cause;
    }
    if (!hooked) process.once('exit', dropAll);
    hooked = true;
    held.add(path);
    return path;
  }
}

function dropAll(): void {
  for (const path of held) {
    try {
      unlinkSync(path);
    } catch {
      // Already gone: nothing to clean up.
    }
  }
}

/**
 * Time (ms) since when touched blobs must be kept; undefined when nobody holds a lease. Removes leases of dead
 * processes. Call it under the store's lock.
 */
export async function earliestLease(directory: string): Promise<number | undefined> {
  let earliest: number | undefined;
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (!found || !name.startsWith('lease~')) continue;
    const alive = isBelievedAlive(temporaryOwner(name) ?? '', found.mtimeMs, foreignLifetime);
    if (alive) earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, found.mtimeMs - slack);
    else await rm(path, { force: true });
  }
  return earliest;
}
