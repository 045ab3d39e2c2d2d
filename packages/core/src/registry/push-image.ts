/** `sealer push`: an image of the store into its registry, manifests last, so that a name never shows to half an image. */

import { reportBlobs, reportBytes } from '../events/report-bytes.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { isIndex, isIndexType, isManifestType, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import { parseReference } from '../image/reference.js';
import { similarNames } from '../store/find-image.js';
import type { ImageStore } from '../store/store.js';
import { connectRegistry, type RegistryAccess } from './connect-registry.js';
import { knownBlobs } from './known-blobs.js';
import { pushAttachments } from './push-attachments.js';
import { lacksBlob } from './refused.js';
import { type SendCounts, sendBlobs } from './send-blobs.js';
import { withoutMissingAttestations } from './without-attestations.js';
export interface PushOptions extends RegistryAccess {
  /** Name in the registry. Default: the image's own. */
  to?: string | undefined;
  /** Blobs at a time. Default 6. */
  concurrency?: number | undefined;
}

export interface PushResult extends SendCounts {
  name: string;
  digest: Digest;
  /** Bytes of the whole image. */
  size: number;
  /** Signatures, bills of materials and the like that were sent with it. */
  attachments: number;
}

/** @throws IMAGE_NOT_FOUND, IMAGE_INCOMPLETE (an index of which only some platforms are here), and the registry's errors */
export async function pushImage(store: ImageStore, reference: string, options: PushOptions = {}): Promise<PushResult> {
  const image = await store.find(reference);
  if (!image) throw imageErrors.IMAGE_NOT_FOUND({ reference, similar: similarNames(await store.list(), reference) });
  const target = parseReference(options.to ?? image.name);
  if (target.digest !== undefined && target.digest !== image.descriptor.digest) {
    const reason = `the image has digest ${image.descriptor.digest}, which no name can change`;
    throw imageErrors.IMAGE_REFERENCE_INVALID({ text: target.toString(), reason });
  }
  const pushed = await withoutMissingAttestations(store, image, options.emit);
  const [{ documents, blobs }, client] = await Promise.all([
    readTree(store, pushed, image.name),
    connectRegistry(target, options),
  ]);
  const size = [...documents, ...blobs].reduce((sum, entry) => sum + entry.size, 0);
  const { signal } = options;
  const id = `push:${target}`;
  const progress = reportBytes({ id, title: `Push ${target}`, total: size, emit: options.emit });
  const [there, known] = await Promise.all([
    client.headManifest(target.path, pushed.digest, { signal }),
    knownBlobs(store, client, target, pushed, blobs, signal),
  ]);
  let counts: SendCounts = { sent: 0, present: blobs.length, sentBytes: 0 };
  const put = async ({ digest, mediaType }: Descriptor, reference: string) => {
    await client.putManifest(target.path, reference, mediaType, await store.readSmallBlob(digest), { signal });
  };
  // The image's own manifest comes last, so a name never shows to half an image; under its tag it is there by digest too.
  const root = documents.at(-1) as Descriptor;
  if (there?.digest !== pushed.digest) {
    const send = async (present: ReadonlySet<Digest>, distrust = false) => {
      counts = await sendBlobs(store, blobs, client, target.path, {
        signal,
        onBytes: progress.onBytes,
        onBlob: reportBlobs(id, options.emit),
        concurrency: options.concurrency ?? 6,
        mountFrom: known.elsewhere,
        present,
        distrust,
      });
      for (const document of documents.slice(0, -1)) await put(document, document.digest);
      await put(root, target.tag ?? root.digest);
    };
    const again = () => progress.onBytes(-blobs.reduce((sum, blob) => sum + blob.size, 0));
    const none = new Set<Digest>();
    await send(known.here)
      .catch(async (cause) => {
        if (known.here.size === 0 || !lacksBlob(cause)) throw cause;
        // It has lost blobs of an image it has: then it is asked for each.
        again();
        await send(none);
      })
      .catch(async (cause) => {
        if (!lacksBlob(cause)) throw cause;
        // It says that it has them, and has not: a cache before it, or an entry without its bytes.
        again();
        await send(none, true);
      });
  } else if (target.tag !== undefined) {
    const tagged = await client.headManifest(target.path, target.tag, { signal });
    if (tagged?.digest !== root.digest) await put(root, target.tag);
  }
  const concurrency = options.concurrency ?? 6;
  const attachments = await pushAttachments(store, pushed, client, target.path, { signal, concurrency });
  progress.done();
  return { name: target.toString(), digest: pushed.digest, size, ...counts, attachments };
}

/** Manifests and indexes, children first, and all other blobs. */
async function readTree(store: ImageStore, root: Descriptor, name: string) {
  const documents: Descriptor[] = [];
  const blobs = new Map<Digest, Descriptor>();
  const visit = async (descriptor: Descriptor): Promise<void> => {
    if (documents.some(({ digest }) => digest === descriptor.digest)) return;
    const bytes = await store.readSmallBlob(descriptor.digest);
    const document = parseManifest(bytes, descriptor.digest);
    if (isIndex(document)) {
      for (const child of document.manifests) {
        if ((await store.blobSize(child.digest)) === undefined)
          throw imageErrors.IMAGE_INCOMPLETE({ reference: name, missing: child.digest, platform: child.platform });
        if (isIndexType(child.mediaType) || isManifestType(child.mediaType)) await visit(child);
        else blobs.set(child.digest, child);
      }
    } else for (const entry of [document.config, ...document.layers]) blobs.set(entry.digest, entry);
    documents.push({ mediaType: mediaTypeOf(document), digest: descriptor.digest, size: bytes.length });
  };
  await visit(root);
  return { documents, blobs: [...blobs.values()] };
}
