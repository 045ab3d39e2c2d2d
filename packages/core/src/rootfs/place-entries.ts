/**
 * Where COPY, ADD and APP put what they copy, decided against the rootfs as it is then (docker's rules, tried against
 * BuildKit's own code): a file goes into a folder that is there, a folder is laid over one, links on the way to the target
 * are followed within the rootfs, and neither a file nor a link ever takes the place of a folder.
 */
import { posix } from 'node:path';
import { contextErrors } from '../context/context-errors.js';
import type { FoundSource } from '../context/find-sources.js';
import { imagePath, type LayerEntry } from '../context/layer-entry.js';
import type { RootfsTree } from './rootfs-tree.js';

/** An entry but for its place. */
export type Placed = Omit<LayerEntry, 'path' | 'seenAs'>;

export interface Owner {
  uid: number;
  gid: number;
}

export class Placer {
  readonly entries: LayerEntry[] = [];
  /** As it is written, without links followed. */
  readonly #target: string;
  readonly #isFolder: boolean;

  /**
   * @param tree changes with every entry
   * @param owner of folders that have to be made
   */
  constructor(
    private readonly tree: RootfsTree,
    destination: string,
    private readonly owner: Owner = { uid: 0, gid: 0 },
  ) {
    this.#target = imagePath(destination);
    this.#isFolder = this.#target === '' || /(^|\/)\.?$/.test(destination);
  }

  /** Whether several files can go there. */
  get takesSeveral(): boolean {
    return this.#isFolder || this.tree.get(this.#resolve(this.#target))?.kind === 'directory';
  }

  /** @param intoFolder also where the target is not there yet */
  source({ name, file, below }: FoundSource, entryOf: EntryOf, intoFolder = false): void {
    if (file && !file.stats.isDirectory()) this.file(name, entryOf(file, undefined), intoFolder);
    else
      this.folder(
        entryOf(file, undefined),
        below.map((one) => [one.path, entryOf(one.file, one.target)] as const),
      );
  }

  /** @throws BUILD_TARGET_CONFLICT, BUILD_ENTRY_REFUSED */
  file(name: string, entry: Placed, intoFolder = false): void {
    if (this.#isFolder || intoFolder) this.#makeFolder(this.#target);
    let path = this.#resolve(this.#target);
    let seenAs = this.#target;
    if (this.tree.get(path)?.kind === 'directory') {
      path = posix.join(path, name);
      seenAs = posix.join(seenAs, name);
    }
    this.#makeFolder(parent(path));
    this.#put(path, seenAs, entry);
  }

  /** @param below by paths below it, parents before what is in them */
  folder(entry: Placed, below: Iterable<readonly [string, Placed]>): void {
    const path = this.#resolve(this.#target);
    const kind = this.tree.get(path)?.kind;
    if (kind !== undefined && kind !== 'directory') throw this.#conflict(path, kind, 'a folder');
    this.#makeFolder(parent(path));
    // A folder that is there keeps its owner and mode.
    if (kind === undefined) this.#put(path, this.#target, entry);
    const isLinked = path !== this.#target;
    let ready: string | undefined;
    for (const [relative, one] of below) {
      const at = path === '' ? relative : `${path}/${relative}`;
      // Neighbours share their folder: it is looked at once.
      const folder = parent(at);
      if (folder !== ready) this.#makeFolder(folder);
      ready = folder;
      this.#put(at, isLinked ? posix.join(this.#target, relative) : at, one);
    }
  }

  /** What an archive holds: each of its folders may be a link of the rootfs, or of the archive itself. */
  archived(relative: string, entry: Placed): void {
    const seenAs = posix.join(this.#target, relative);
    if (entry.kind === 'directory' && this.tree.get(this.#resolve(seenAs))?.kind === 'directory') {
      this.#put(this.#resolve(seenAs), seenAs, entry);
      return;
    }
    const folder = this.#resolve(parent(seenAs));
    this.#makeFolder(folder);
    this.#put(posix.join(folder, posix.basename(seenAs)), seenAs, entry);
  }

  makeTarget(): void {
    this.#makeFolder(this.#target);
  }

  #put(path: string, seenAs: string, entry: Placed): void {
    if (path === '') return;
    const there = this.tree.get(path)?.kind;
    const kinds = { directory: 'a folder', file: 'a file', link: 'a link' } as const;
    if (there !== undefined && (there === 'directory') !== (entry.kind === 'directory'))
      throw this.#conflict(path, there, kinds[entry.kind]);
    const { kind, mode, uid, gid, target, source } = entry;
    const node = { kind: kind === 'link' ? ('symlink' as const) : kind, mode, uid, gid, target };
    this.tree.put(path, node, source === undefined ? undefined : { source });
    this.entries.push({ ...entry, path, ...(seenAs === path ? {} : { seenAs }) });
  }

  /** With the folders above it; links are followed. */
  #makeFolder(written: string): void {
    const path = this.#resolve(written);
    const missing: string[] = [];
    for (let at = path; at !== ''; at = parent(at)) {
      const kind = this.tree.get(at)?.kind;
      if (kind === 'directory') break;
      if (kind !== undefined) throw this.#conflict(at, kind, 'a folder');
      missing.unshift(at);
    }
    for (const folder of missing) {
      const { uid, gid } = this.owner;
      this.tree.put(folder, { kind: 'directory', mode: 0o755, uid, gid });
      this.entries.push({ path: folder, kind: 'directory', mode: 0o755, uid, gid, size: 0, stamp: '', changedAt: 0 });
    }
  }

  #resolve(path: string): string {
    try {
      return this.tree.resolve(path);
    } catch (cause) {
      throw contextErrors.BUILD_TARGET_CONFLICT({
        path,
        there: (cause as Error).message.replace(/^is /, ''),
        needed: '',
      });
    }
  }

  #conflict(path: string, there: 'directory' | 'file' | 'symlink', needed: string) {
    const words = { directory: 'a folder', file: 'a file', symlink: 'a link' };
    return contextErrors.BUILD_TARGET_CONFLICT({ path, there: words[there], needed });
  }
}

type EntryOf = (file: FoundSource['file'], target: string | undefined) => Placed;

function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
