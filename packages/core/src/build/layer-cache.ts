/**
 * Remembers which layer came of which files, by what stat tells of them, so that an unchanged rebuild reads nothing.
 * As in git, a file changed so recently that a further change might not show in its times is not trusted ("racy").
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerEntry } from '../context/layer-entry.js';
import type { RootfsLayer } from '../image/cluster-config.js';
import { isDigest } from '../image/digest.js';
import { writeFileAtomic } from '../store/atomic-file.js';
import type { ImageStore } from '../store/store.js';

/** Changes within this time of each other may carry the same time stamp. */
const racyMs = 100;
/** Changes whenever the same files would give other bytes. */
const formatVersion = `1 zlib ${process.versions.zlib}`;

/** Undefined where there is none, or a power failure left half of one. */
export async function readNote(path: string): Promise<RootfsLayer | undefined> {
  try {
    const layer = JSON.parse(await readFile(path, 'utf8')) as RootfsLayer;
    return isDigest(layer?.digest) ? layer : undefined;
  } catch {
    return undefined;
  }
}

export class LayerCache {
  constructor(
    private readonly directory: string,
    private readonly store: ImageStore,
  ) {}

  /** The layer these entries gave before, when it is still in the store. */
  async find(entries: readonly LayerEntry[]): Promise<RootfsLayer | undefined> {
    const layer = await readNote(this.#path(entries));
    return layer && (await this.store.blobSize(layer.digest)) === layer.size ? layer : undefined;
  }

  /** @param readSince when reading the files began, in ms since the epoch */
  async keep(entries: readonly LayerEntry[], layer: RootfsLayer, readSince: number): Promise<void> {
    if (entries.some((entry) => entry.changedAt > readSince - racyMs)) return;
    const path = this.#path(entries);
    await mkdir(this.directory, { recursive: true });
    await writeFileAtomic(path, JSON.stringify(layer), this.directory);
  }

  #path(entries: readonly LayerEntry[]): string {
    const hash = createHash('sha256').update(`layer-${formatVersion}\n`);
    for (const { path, kind, mode, uid, gid, target, source, stamp } of entries) {
      hash.update(JSON.stringify([path, kind, mode, uid, gid, target, kind === 'file' ? [source, stamp] : '']));
    }
    return join(this.directory, hash.digest('hex'));
  }
}
