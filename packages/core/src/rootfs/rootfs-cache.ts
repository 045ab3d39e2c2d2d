/**
 * Rootfses unpacked on the operator's machine, one folder a chain of layers, made from that of a shorter chain when there
 * is one (files are shared by hard links, so they are never changed in place). A folder gets its name when it is whole; who
 * uses one leaves a note beside it. After the machine was started anew a folder may lack what was never written to disk, and is
 * made again.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystemErrorOfProgram } from '../errors/file-system-error.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { RootfsLayer } from '../image/cluster-config.js';
import { temporaryName, temporaryOwner } from '../store/atomic-file.js';
import { withLock } from '../store/lock-file.js';
import { isBelievedAlive } from '../store/process-identity.js';
import type { BlobStore } from '../store/store.js';
import { removeTree, runInside } from './run-inside.js';
import { unpackLayer } from './unpack-layer.js';
import type { UserMapping } from './user-mapping.js';

/** Notes of another machine, or of a container that cannot be seen: longer than a build takes. Milliseconds. */
const believed = 24 * 3_600_000;

export interface UsedRootfs {
  /** Folder of the file tree; to be read only. */
  path: string;
  release(): Promise<void>;
}

interface UseOptions {
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

export class RootfsCache {
  constructor(
    private readonly directory: string,
    private readonly store: BlobStore,
    private readonly mapping: UserMapping,
  ) {}

  /** @throws ROOTFS_LAYER_..., ROOTFS_TOOL_... */
  async use(layers: readonly RootfsLayer[], options: UseOptions = {}): Promise<UsedRootfs> {
    // What lies in it may be setuid: nobody else is let in.
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const { path, isUnfinished, inUse } of await listRootfses(this.directory))
      if (isUnfinished && !inUse) await removeTree(this.mapping, path);
    const name = this.#name(layers);
    const used = await this.#note(name);
    try {
      if (!(await this.#isWhole(name))) await this.#make(name, layers, options);
      const now = new Date();
      await utimes(join(this.directory, name), now, now);
      return used;
    } catch (cause) {
      await used.release();
      throw cause;
    }
  }

  async #make(name: string, layers: readonly RootfsLayer[], options: UseOptions): Promise<void> {
    const { mapping } = this;
    const work = temporaryName(this.directory, 'new');
    const tree = join(work, 'tree');
    await mkdir(tree, { recursive: true });
    try {
      const done = await this.#startFrom(layers, tree, options);
      for (const [index, layer] of layers.slice(done).entries()) {
        const title = `unpack layer ${done + index + 1} of ${layers.length}`;
        const tell = (current: number, end: boolean) =>
          options.emit?.({ type: 'progress', id: `unpack ${name}`, title, current, unit: 'bytes', done: end });
        let current = 0;
        const onBytes = (bytes: number) => {
          current += bytes;
          tell(current, false);
        };
        await unpackLayer(this.store, layer, tree, mapping, { signal: options.signal, onBytes });
        tell(current, true);
      }
      await writeFile(join(work, 'boot'), await bootId());
      // Another build may have made it meanwhile: the same. Or it is from before the machine was started anew.
      await withLock(join(this.directory, '.lock'), async () => {
        if (await this.#isWhole(name)) return;
        await removeTree(mapping, join(this.directory, name));
        await rename(work, join(this.directory, name));
      });
    } catch (cause) {
      throw refusedByDisk(cause, this.directory);
    } finally {
      await removeTree(mapping, work);
    }
  }

  /** Copies the longest chain there is. @returns how many layers that has */
  async #startFrom(layers: readonly RootfsLayer[], tree: string, { signal }: UseOptions): Promise<number> {
    for (let count = layers.length - 1; count > 0; count -= 1) {
      const name = this.#name(layers.slice(0, count));
      if (!(await this.#isWhole(name))) continue;
      const { path, release } = await this.#note(name);
      try {
        await runInside(this.mapping, ['cp', '-al', '--', `${path}/.`, tree], { signal });
        return count;
      } finally {
        await release();
      }
    }
    return 0;
  }

  async #note(name: string): Promise<UsedRootfs> {
    const note = temporaryName(this.directory, `${name}.used`);
    await writeFile(note, '');
    return { path: join(this.directory, name, 'tree'), release: () => rm(note, { force: true }) };
  }

  async #isWhole(name: string): Promise<boolean> {
    const boot = await readFile(join(this.directory, name, 'boot'), 'utf8').catch(() => undefined);
    return boot === (await bootId());
  }

  #name(layers: readonly RootfsLayer[]): string {
    const hash = createHash('sha256').update(`rootfs 1 ${this.mapping.kind}\n`);
    for (const { diffId } of layers) hash.update(`${diffId}\n`);
    return hash.digest('hex');
  }
}

/** What a program says of a full disk in its own words, as our error; any other as it is. */
export function refusedByDisk(cause: unknown, directory: string): unknown {
  if (!SealerError.is(cause) || cause.code !== 'ROOTFS_TOOL_FAILED') return cause;
  return fileSystemErrorOfProgram(cause.message, directory) ?? cause;
}

export interface CachedRootfs {
  path: string;
  usedMs: number;
  inUse: boolean;
  /** Left by a build that was killed, when it is not in use. */
  isUnfinished: boolean;
}

/** What is there, for pruning. Notes of processes that have died are removed. */
export async function listRootfses(directory: string): Promise<CachedRootfs[]> {
  const names = await readdir(directory).catch(() => [] as string[]);
  const owned = names.filter((name) => name.includes('.used~') || name.startsWith('new~'));
  const live = new Set<string>();
  for (const name of owned) if (await isOfLive(directory, name)) live.add(name);
  const notes = names.filter((name) => name.includes('.used~'));
  for (const note of notes) if (!live.has(note)) await rm(join(directory, note), { force: true });
  const folders = names.filter((name) => !name.includes('.used~') && !name.startsWith('.'));
  return await Promise.all(
    folders.map(async (name) => ({
      path: join(directory, name),
      usedMs: (await stat(join(directory, name)).catch(() => undefined))?.mtimeMs ?? 0,
      isUnfinished: name.startsWith('new~'),
      inUse: live.has(name) || [...live].some((note) => note.startsWith(`${name}.used~`)),
    })),
  );
}

async function isOfLive(directory: string, name: string): Promise<boolean> {
  const found = await stat(join(directory, name)).catch(() => undefined);
  return found !== undefined && isBelievedAlive(temporaryOwner(name) ?? '', found.mtimeMs, believed);
}

async function bootId(): Promise<string> {
  return await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown');
}
