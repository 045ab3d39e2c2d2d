/** Brings the list of images back: from its copy, from what is left of it, or from the blobs themselves. */
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SealerError } from '../errors/sealer-error.js';
import type { Digest } from '../image/descriptor.js';
import { writeFileAtomic } from './atomic-file.js';
import { findLostImages } from './find-lost-images.js';
import { imageBlobs } from './image-blobs.js';
import {
  indexName,
  layoutVersion,
  parseIndex,
  readIndex,
  readIndexCopy,
  type StoreIndex,
  writeIndex,
} from './index-file.js';
import { withLock } from './lock-file.js';
import type { ImageStore, StoredImage } from './store.js';

const foldersOf = (directory: string) => ({
  lock: join(directory, 'index.lock'),
  temporary: join(directory, 'tmp'),
  damaged: join(directory, 'damaged'),
});

/** Where damaged files go: a later pull then fetches the blob anew. */
export async function damagedFolder(directory: string): Promise<string> {
  const { damaged } = foldersOf(directory);
  await mkdir(damaged, { recursive: true });
  return damaged;
}

/** What was done, in words; undefined when the list was good. */
export async function repairIndex(store: ImageStore): Promise<string | undefined> {
  const { directory } = store;
  const { lock, temporary } = foldersOf(directory);
  await mkdir(temporary, { recursive: true });
  await writeFileAtomic(
    join(directory, 'oci-layout'),
    JSON.stringify({ imageLayoutVersion: layoutVersion }),
    temporary,
  );
  return await withLock(lock, async () => {
    const good = await readIndex(directory).catch((cause) => {
      if (SealerError.is(cause) && cause.code === 'STORE_INDEX_DAMAGED') return undefined;
      throw cause;
    });
    if (good) {
      // The copy as well says what the list says.
      await writeIndex(directory, good, temporary);
      return undefined;
    }
    const path = join(directory, indexName);
    const { index, said } = await bestIndex(store, await readFile(path).catch(() => undefined));
    const aside = join(await damagedFolder(directory), `${indexName}-${new Date().toISOString().replaceAll(':', '')}`);
    await rename(path, aside).catch(() => undefined);
    await writeIndex(directory, index, temporary);
    return said;
  });
}

async function bestIndex(store: ImageStore, damaged: Buffer | undefined): Promise<{ index: StoreIndex; said: string }> {
  const [copy, rest] = [await readIndexCopy(store.directory), damaged && salvage(damaged)];
  const count = (index: StoreIndex) => `${index.names.length} ${index.names.length === 1 ? 'name' : 'names'}`;
  if (!copy && !rest) {
    const index = await findLostImages(store);
    return { index, said: `made anew: ${count(index)} for the images that were found among the blobs` };
  }
  const base = copy ?? { names: [], attachments: [] };
  const added: StoredImage[] = [];
  // Named after the copy was written, or by another program: only what is whole is believed.
  const said = new Set(rest?.names.map(({ name }) => name));
  for (const image of rest?.names ?? []) {
    // A name of the copy, or one of which a byte was changed.
    const isKnown = base.names.some(
      ({ name, descriptor }) =>
        name === image.name || (descriptor.digest === image.descriptor.digest && !said.has(name)),
    );
    if (!isKnown && (await isThere(store, image))) added.push(image);
  }
  const digests = new Set(base.attachments.map(({ descriptor }) => descriptor.digest));
  const attachments = rest?.attachments.filter(({ descriptor }) => !digests.has(descriptor.digest)) ?? [];
  const index = { names: [...base.names, ...added], attachments: [...base.attachments, ...attachments] };
  const from = copy ? `restored from the copy of ${copy.written.toISOString()}` : 'made of what is left of it';
  const more =
    copy && added.length > 0 ? `, and of what is left of it ${added.map(({ name }) => name).join(', ')}` : '';
  return { index, said: `${from}: ${count(index)}${more}` };
}

async function isThere(store: ImageStore, image: StoredImage): Promise<boolean> {
  return await imageBlobs(store, image).then(
    () => true,
    () => false,
  );
}

/** The entries of a list whose digest is wrong; undefined when it is no list any more. */
function salvage(bytes: Buffer): StoreIndex | undefined {
  try {
    const { annotations: _said, ...document } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    return parseIndex(Buffer.from(JSON.stringify(document)));
  } catch {
    return undefined;
  }
}

/** Takes attachments off the list. */
export async function detach(store: ImageStore, manifests: ReadonlySet<Digest>): Promise<void> {
  const { lock, temporary } = foldersOf(store.directory);
  await withLock(lock, async () => {
    const { names, attachments } = await readIndex(store.directory);
    const kept = attachments.filter(({ descriptor }) => !manifests.has(descriptor.digest));
    await writeIndex(store.directory, { names, attachments: kept }, temporary);
  });
}
