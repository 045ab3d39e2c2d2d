/** The file tree of a rootfs as its layers make it, in memory: kinds, owners, modes, targets of links; no contents. */
import type { RootfsLayer } from '../image/cluster-config.js';
import { whiteout } from './layer-path.js';

/** Of one entry of a layer, as the inventory keeps it. */
export interface TreeEntry {
  kind: 'directory' | 'file' | 'symlink';
  mode: number;
  uid: number;
  gid: number;
  /** Of a link. */
  target?: string | undefined;
}

export type TreeRow = readonly [path: string, entry: TreeEntry];

export interface TreeNode extends TreeEntry {
  children: Map<string, TreeNode>;
  /** Where a file's bytes are: a layer, or a file of this machine. */
  content?: { layer: RootfsLayer } | { source: string } | undefined;
}

/** Of what is no folder; nothing is ever put into it. */
const nothing = new Map<string, TreeNode>();
/** As Linux has it. */
const mostLinks = 40;

export class RootfsTree {
  readonly #root: TreeNode = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, children: new Map() };

  /** Without following links. */
  get(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this.#root;
    for (const name of partsOf(path)) node = node?.children.get(name);
    return node;
  }

  /**
   * Where a path leads when every link is followed, as a process whose root is the rootfs would: nothing leads out, and
   * what is not there yet stays as it is written. @throws Error for a ring of links
   */
  resolve(path: string): string {
    const rest = partsOf(path).reverse();
    const done: string[] = [];
    for (let followed = 0; rest.length > 0; ) {
      const part = rest.pop() as string;
      if (part === '..') {
        done.pop();
        continue;
      }
      done.push(part);
      const { kind, target = '' } = this.get(done.join('/')) ?? {};
      if (kind !== 'symlink') continue;
      followed += 1;
      if (followed > mostLinks) throw new Error('is a ring of links');
      done.pop();
      if (target.startsWith('/')) done.length = 0;
      rest.push(...partsOf(target).reverse());
    }
    return done.join('/');
  }

  /** Parents that are missing are made; what is no folder gives way, and a folder keeps what is in it. */
  put(path: string, entry: TreeEntry, content?: TreeNode['content']): void {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) return;
    let folder = this.#root;
    for (const part of parts) {
      let next = folder.children.get(part);
      if (next?.kind !== 'directory') {
        next = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, children: new Map() };
        folder.children.set(part, next);
      }
      folder = next;
    }
    const old = folder.children.get(name);
    const { kind, mode, uid, gid, target } = entry;
    const isFolder = kind === 'directory';
    const children = !isFolder ? nothing : old?.kind === 'directory' ? old.children : new Map<string, TreeNode>();
    folder.children.set(name, { kind, mode, uid, gid, target, children, content });
  }

  /** Lays a layer over it, white-outs (OCI layer.md) first: they are about the layers below. */
  lay(rows: readonly TreeRow[], layer: RootfsLayer): void {
    for (const [path] of rows) {
      const gone = whiteout(path);
      if (gone && 'opaque' in gone) this.get(gone.opaque)?.children.clear();
      else if (gone) this.#remove(gone.remove);
    }
    for (const [path, entry] of rows)
      if (!whiteout(path)) this.put(path, entry, entry.kind === 'file' ? { layer } : undefined);
  }

  #remove(path: string): void {
    const slash = path.lastIndexOf('/');
    this.get(path.slice(0, Math.max(slash, 0)))?.children.delete(path.slice(slash + 1));
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
