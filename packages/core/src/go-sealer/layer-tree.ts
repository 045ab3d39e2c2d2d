/** The files of several layers over each other (image-spec layer.md): what is replaced, whited out or opaque is gone. */

export interface TreeEntry {
  kind: 'file' | 'directory' | 'symlink';
  /** Of the small files that are read. */
  text?: string;
}

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

export class LayerTree {
  readonly #lower = new Map<string, TreeEntry>();
  #upper = new Map<string, TreeEntry>();
  readonly #links = new Set<string>();

  /** @param path from the root, without a slash at either end */
  add(path: string, entry: TreeEntry): void {
    const slash = path.lastIndexOf('/') + 1;
    const name = path.slice(slash);
    if (name === opaque) this.#removeBelow(path.slice(0, Math.max(0, slash - 1)));
    else if (name.startsWith(whiteout)) this.#remove(path.slice(0, slash) + name.slice(whiteout.length));
    else {
      const before = this.#upper.get(path) ?? this.#lower.get(path);
      if (before?.kind === 'directory' && entry.kind !== 'directory') this.#removeBelow(path);
      if (entry.kind === 'symlink') this.#links.add(path);
      else this.#links.delete(path);
      this.#upper.set(path, entry);
    }
  }

  /** The folder on the way to `path` that is a link: what is written there would land elsewhere. */
  linkAbove(path: string): string | undefined {
    if (this.#links.size === 0) return undefined;
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1))
      if (this.#links.has(path.slice(0, at))) return path.slice(0, at);
    return undefined;
  }

  /** The layer has ended: what follows lies over it. */
  endLayer(): void {
    for (const [path, entry] of this.#upper) this.#lower.set(path, entry);
    this.#upper = new Map();
  }

  get(path: string): TreeEntry | undefined {
    return this.#upper.get(path) ?? this.#lower.get(path);
  }

  /** Of ended layers. */
  entries(): IterableIterator<[string, TreeEntry]> {
    return this.#lower.entries();
  }

  /** White-outs speak of the layers below, whatever stands before or after them in their own layer. */
  #remove(path: string): void {
    this.#lower.delete(path);
    if (!this.#upper.has(path)) this.#links.delete(path);
    this.#removeBelow(path);
  }

  #removeBelow(path: string): void {
    const prefix = path === '' ? '' : `${path}/`;
    for (const name of this.#lower.keys())
      if (name.startsWith(prefix)) {
        this.#lower.delete(name);
        if (!this.#upper.has(name)) this.#links.delete(name);
      }
  }
}
