/** `sealer store check`: every blob is read and hashed, and everything that a name needs is looked for. Changes nothing. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import { reportBytes } from '../events/report-bytes.js';
import type { Digest } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { checkBlob } from './check-blob.js';
import { indexName, layoutVersion, readIndex, readIndexCopy, type StoreIndex, storeIndexText } from './index-file.js';
import { type NeededBlob, neededByNames } from './needed-blobs.js';
import type { ImageStore } from './store.js';

export interface BlobProblem extends NeededBlob {
  fault: 'missing' | 'damaged' | 'of another size';
  /** What was done about it. */
  repaired?: string;
  /** Why it could not be fetched again, one line a place that was asked. */
  failures?: string[];
  /** It belonged to something attached to the images, which was taken off the list. */
  detached?: boolean;
}

export interface StoreCheck {
  directory: string;
  /** Files and bytes that were read. */
  blobs: number;
  bytes: number;
  /** Names, and what is attached to images. */
  images: number;
  attachments: number;
  /** What is wrong with the list of images and the files beside it. */
  files: { path: string; reason: string; repaired?: string }[];
  problems: BlobProblem[];
  /** Files among the blobs that are none. */
  foreign: string[];
}

export interface CheckOptions {
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

export async function checkStore(store: ImageStore, options: CheckOptions = {}): Promise<StoreCheck> {
  const { directory } = store;
  const files: StoreCheck['files'] = [];
  const index = await readIndex(directory).catch(async (cause) => {
    if (!SealerError.is(cause) || cause.code !== 'STORE_INDEX_DAMAGED') throw cause;
    files.push({ path: join(directory, indexName), reason: cause.message });
    // What the copy names is what would be restored.
    return (await readIndexCopy(directory)) ?? { names: [], attachments: [] };
  });
  files.push(...(await checkFiles(directory, index)));
  const { damaged, foreign, blobs, bytes } = await readBlobs(store, options);
  const problems: BlobProblem[] = [];
  for (const needed of await neededByNames(store, index, damaged)) {
    const fault = await faultOf(store, needed, damaged);
    if (fault) problems.push({ ...needed, fault });
  }
  const known = new Set(problems.map(({ digest }) => digest));
  for (const digest of damaged)
    if (!known.has(digest)) problems.push({ digest, images: [], sources: [], kind: 'blob', fault: 'damaged' });
  const { names, attachments } = index;
  return { directory, blobs, bytes, images: names.length, attachments: attachments.length, files, problems, foreign };
}

export async function faultOf(
  store: ImageStore,
  { digest, size }: NeededBlob,
  damaged: ReadonlySet<Digest>,
): Promise<BlobProblem['fault'] | undefined> {
  const actual = await store.blobSize(digest);
  if (actual === undefined) return 'missing';
  if (damaged.has(digest)) return 'damaged';
  return size !== undefined && actual !== size ? 'of another size' : undefined;
}

/** The layout's version, and the copy of the list. */
async function checkFiles(directory: string, index: StoreIndex): Promise<StoreCheck['files']> {
  const files: StoreCheck['files'] = [];
  const layout = join(directory, 'oci-layout');
  const said = await readFile(layout, 'utf8')
    .then(
      (text) => JSON.parse(text) as { imageLayoutVersion?: unknown } | null,
      () => undefined,
    )
    .catch(() => undefined);
  if (said?.imageLayoutVersion !== layoutVersion)
    files.push({ path: layout, reason: 'does not say that this is a layout' });
  const copy = await readIndexCopy(directory);
  if (index.names.length + index.attachments.length === 0 && copy === undefined) return files;
  const path = join(directory, 'index.json.last');
  const text = ({ names, attachments }: StoreIndex) => storeIndexText(names, attachments);
  if (!copy) files.push({ path, reason: 'the copy of the list is missing or damaged' });
  else if (text(copy) !== text(index))
    files.push({ path, reason: 'the copy of the list says other things than the list' });
  return files;
}

async function readBlobs(store: ImageStore, { signal, emit }: CheckOptions) {
  const folder = join(store.directory, 'blobs', 'sha256');
  const found: { digest: Digest; size: number }[] = [];
  const foreign: string[] = [];
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    const digest = `sha256:${name}`;
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (isDigest(digest) && stats?.isFile()) found.push({ digest, size: stats.size });
    else if (stats) foreign.push(name);
  }
  const bytes = found.reduce((sum, { size }) => sum + size, 0);
  const progress = reportBytes({ id: 'store-check', title: 'Read all blobs', total: bytes, emit });
  const damaged = new Set<Digest>();
  // Reading and hashing take turns: two at a time keep both busy.
  const limit = pLimit(2);
  await Promise.all(
    found.map(({ digest }) =>
      limit(async () => {
        signal?.throwIfAborted();
        await checkBlob(store, digest, { signal, onBytes: progress.onBytes }).catch((cause) => {
          if (!SealerError.is(cause) && (cause as NodeJS.ErrnoException).code !== 'EIO') throw cause;
          // Gone: another sealer has removed it meanwhile, or it is missed below.
          if (!SealerError.is(cause) || cause.code === 'BLOB_DAMAGED') damaged.add(digest);
        });
      }),
    ),
  );
  progress.done();
  return { damaged, foreign, blobs: found.length, bytes };
}
