/** What a layer holds, without contents: read from it once, then kept in a small file. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootfsLayer } from '../image/cluster-config.js';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { temporaryName } from '../store/atomic-file.js';
import type { BlobStore } from '../store/store.js';
import { readTar, TarError } from '../tar/read-tar.js';
import { layerBytes } from './layer-bytes.js';
import { type LayerItem, layerItem, shown } from './layer-item.js';
import { pathInRoot } from './layer-path.js';
import { rootfsErrors } from './rootfs-errors.js';
import type { TreeEntry, TreeRow } from './rootfs-tree.js';

const kinds: Partial<Record<LayerItem['type'], TreeEntry['kind']>> = { directory: 'directory', symlink: 'symlink' };

export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** The layer itself has to be read, which takes its time. */
  onRead?: (() => void) | undefined;
}

export class LayerInventories {
  /** @param directory where they are kept, one file a layer */
  constructor(
    private readonly directory: string,
    private readonly store: Pick<BlobStore, 'readBlob'>,
  ) {}

  /** @throws ROOTFS_LAYER_DAMAGED, ROOTFS_LAYER_UNSAFE, ROOTFS_LAYER_TOO_LARGE */
  async of(layer: RootfsLayer, { signal, onRead }: ReadOptions = {}): Promise<TreeRow[]> {
    const known = await this.#known(layer.digest);
    if (known) return known;
    onRead?.();
    const rows: TreeRow[] = [];
    try {
      for await (const entry of readTar(layerBytes(this.store, layer, signal))) {
        const row = treeRow(layerItem(entry), layer.digest);
        if (row[0] !== '') rows.push(row);
      }
    } catch (cause) {
      if (!(cause instanceof TarError)) throw cause;
      throw rootfsErrors.ROOTFS_LAYER_DAMAGED({ layer: layer.digest, reason: cause.message }, { cause });
    }
    await this.#write(layer.digest, rows);
    return rows;
  }

  /** For who has written or read the layer anyway. */
  async keep(digest: Digest, rows: () => readonly TreeRow[]): Promise<void> {
    if (!(await stat(this.#path(digest)).catch(() => undefined))) await this.#write(digest, rows());
  }

  async #write(digest: Digest, rows: readonly TreeRow[]): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const work = temporaryName(this.directory, 'new');
    const plain = rows.map(([path, { kind, mode, uid, gid, target }]) => [path, kind[0], mode, uid, gid, target ?? '']);
    await writeFile(work, JSON.stringify(plain));
    // Pruning may take it away meanwhile.
    await rename(work, this.#path(digest)).catch(() => undefined);
  }

  /** Half a file, after a power failure, is none. */
  async #known(digest: Digest): Promise<TreeRow[] | undefined> {
    try {
      const plain = JSON.parse(await readFile(this.#path(digest), 'utf8')) as [string, string, ...number[]][];
      return plain.map(([path, letter, mode = 0, uid = 0, gid = 0, target]) => {
        const kind = letter === 'd' ? 'directory' : letter === 's' ? 'symlink' : 'file';
        return [path, { kind, mode, uid, gid, ...(kind === 'symlink' ? { target: String(target) } : {}) }];
      });
    } catch {
      return undefined;
    }
  }

  #path(digest: Digest): string {
    return join(this.directory, hexOf(digest));
  }
}

/** The path is '' for the root itself. @throws ROOTFS_LAYER_UNSAFE */
export function treeRow({ name, type, mode, uid, gid, linkname }: LayerItem, layer: string): TreeRow {
  try {
    const kind = kinds[type] ?? 'file';
    const target = kind === 'symlink' ? { target: shown(linkname) } : {};
    return [shown(pathInRoot(name)), { kind, mode, uid, gid, ...target }];
  } catch (cause) {
    throw rootfsErrors.ROOTFS_LAYER_UNSAFE({ layer, entry: shown(name), reason: (cause as Error).message }, { cause });
  }
}
