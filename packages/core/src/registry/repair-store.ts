/** `sealer store check --repair`: what is damaged is moved aside, and what is missing is fetched again from registries. */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { checkBlob } from '../store/check-blob.js';
import { type BlobProblem, type CheckOptions, checkStore, faultOf, type StoreCheck } from '../store/check-store.js';
import { readIndex } from '../store/index-file.js';
import { neededByNames } from '../store/needed-blobs.js';
import { damagedFolder, detach, repairIndex } from '../store/repair-index.js';
import type { ImageStore } from '../store/store.js';
import type { RegistryAccess } from './connect-registry.js';
import { BlobFetcher } from './fetch-lost-blob.js';

export interface RepairOptions extends CheckOptions, RegistryAccess {}

/** A manifest that came back may name more that is missing: index, manifest, config and layers, and what is attached. */
const rounds = 5;
const none: ReadonlySet<Digest> = new Set();

/** @returns what was found, and of each whether it was mended */
export async function repairStore(store: ImageStore, options: RepairOptions = {}): Promise<StoreCheck> {
  const found = await checkStore(store, options);
  const mended = await repairIndex(store);
  const files = found.files.map((file) => ({ ...file, repaired: mended ?? 'written anew' }));
  const problems = new Map<Digest, BlobProblem>();
  for (const problem of found.problems) {
    const { digest, fault, images } = problem;
    const isMended = fault !== 'missing' && !(await moveAside(store, digest));
    // What nobody needs is mended by being gone.
    const repaired = isMended ? 'by another sealer meanwhile' : images.length === 0 ? 'moved aside' : undefined;
    problems.set(digest, repaired === undefined ? problem : { ...problem, repaired });
  }
  const fetcher = new BlobFetcher(store, options);
  for (let round = 0; round < rounds; round++) {
    const before = problems.size;
    const fetched = await fetchMissing(store, fetcher, problems, options);
    if (fetched === 0 && problems.size === before) break;
  }
  await detachLost(store, problems);
  return { ...found, files, problems: [...problems.values()] };
}

/** @returns how many came */
async function fetchMissing(
  store: ImageStore,
  fetcher: BlobFetcher,
  problems: Map<Digest, BlobProblem>,
  { signal }: RepairOptions,
): Promise<number> {
  const limit = pLimit(4);
  let fetched = 0;
  const index = await readIndex(store.directory);
  const missing: BlobProblem[] = [];
  for (const needed of await neededByNames(store, index, none)) {
    const fault = await faultOf(store, needed, none);
    const known = problems.get(needed.digest);
    if (fault && !known?.failures) missing.push({ ...needed, fault: known?.fault ?? fault });
  }
  await Promise.all(
    missing.map((blob) =>
      limit(async () => {
        signal?.throwIfAborted();
        const { from, failures } = await fetcher.fetch(blob);
        problems.set(blob.digest, { ...blob, ...(from ? { repaired: `fetched again from ${from}` } : { failures }) });
        if (!from) return;
        fetched += 1;
        await rm(join(await damagedFolder(store.directory), hexOf(blob.digest)), { force: true });
      }),
    ),
  );
  return fetched;
}

/** False when the blob is whole by now. */
async function moveAside(store: ImageStore, digest: Digest): Promise<boolean> {
  const isWhole = await checkBlob(store, digest).then(
    () => true,
    () => false,
  );
  if (isWhole) return false;
  await rename(store.blobPath(digest), join(await damagedFolder(store.directory), hexOf(digest))).catch(
    (cause: NodeJS.ErrnoException) => {
      // Another sealer has removed it meanwhile.
      if (cause.code !== 'ENOENT') throw cause;
    },
  );
  return true;
}

/** What is attached and cannot be had again says nothing any more, and would keep garbage from being collected. */
async function detachLost(store: ImageStore, problems: Map<Digest, BlobProblem>): Promise<void> {
  const lost = new Set<Digest>();
  for (const { descriptor } of (await readIndex(store.directory)).attachments) {
    const blobs = await neededByNames(store, { names: [{ name: 'it', descriptor }], attachments: [] }, none);
    const isLost = await Promise.all(blobs.map(async (blob) => (await faultOf(store, blob, none)) !== undefined));
    if (isLost.includes(true)) lost.add(descriptor.digest);
  }
  if (lost.size === 0) return;
  await detach(store, lost);
  for (const [digest, problem] of problems)
    if (problem.kind === 'attachment' && problem.failures) problems.set(digest, { ...problem, detached: true });
}
