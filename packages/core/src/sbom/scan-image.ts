/** What a cluster image's layers hold together: later layers over earlier ones. */
import pLimit from 'p-limit';
import type { Emit } from '../events/events.js';
import type { Digest } from '../image/descriptor.js';
import type { BlobStore, LoadedImage } from '../store/store.js';
import { type FileFindings, type LayerFindings, scanLayer } from './scan-layer.js';

export interface ScanOptions {
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** By path in the rootfs. @throws as `scanLayer` */
export async function scanImage(
  store: BlobStore,
  { config, name }: Pick<LoadedImage, 'config' | 'name'>,
  { signal, emit }: ScanOptions = {},
): Promise<Map<string, FileFindings>> {
  const total = config.rootfs.reduce((sum, { size }) => sum + size, 0);
  const progress = { type: 'progress', id: `sbom:${name}`, title: `Look into ${name}`, unit: 'bytes' } as const;
  let current = 0;
  const onBytes = (bytes: number) => {
    current += bytes;
    emit?.({ ...progress, current, total });
  };
  // Decompressing runs beside this thread: two at a time keep it busy.
  const limit = pLimit(2);
  const digests = [...new Set(config.rootfs.map(({ digest }) => digest))];
  const scanned = new Map<Digest, LayerFindings>(
    await Promise.all(
      digests.map((digest) =>
        limit(async () => [digest, await scanLayer(store, digest, { signal, onBytes })] as const),
      ),
    ),
  );
  const files = new Map<string, FileFindings>();
  for (const { digest } of config.rootfs) lay(files, scanned.get(digest) as LayerFindings);
  emit?.({ ...progress, current: total, total, done: true });
  return files;
}

function lay(files: Map<string, FileFindings>, layer: LayerFindings): void {
  for (const path of files.keys()) {
    const isGone =
      layer.plain.has(path) ||
      layer.removed.some((gone) => path === gone || path.startsWith(`${gone}/`)) ||
      layer.emptied.some((folder) => path.startsWith(folder));
    if (isGone) files.delete(path);
  }
  for (const [path, findings] of layer.files) files.set(path, findings);
}
