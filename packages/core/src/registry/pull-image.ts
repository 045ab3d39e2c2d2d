/** `sealer pull`: an image of a registry into the store. What is here already is not asked for again. */

import { isOutOfRoom } from '../errors/file-system-error.js';
import { reportBlobs, reportBytes } from '../events/report-bytes.js';
import type { Digest, Platform } from '../image/descriptor.js';
import { isIndexType } from '../image/manifest-document.js';
import { defaultPlatform, platformName } from '../image/platform.js';
import { parseReference, withVersion } from '../image/reference.js';
import { copyImage, copyIndex } from '../store/copy-image.js';
import { otherPlatform } from '../store/find-platform.js';
import type { ImageStore } from '../store/store.js';
import { applyPolicy } from '../trust/require-trusted.js';
import { canRefuse, type TrustSettings, trustSettings } from '../trust/trust-settings.js';
import type { RegistryAccess } from './connect-registry.js';
import { pullAttachments } from './pull-attachments.js';
import { defaultHome } from './registry-settings.js';
import { remotePlace } from './remote-place.js';
import { openRemoteSource } from './remote-source.js';

export interface PullOptions extends RegistryAccess {
  /** Taken of an image of several platforms; the index keeps its digest. Default: linux on this machine's architecture. */
  platform?: Platform | undefined;
  allPlatforms?: boolean | undefined;
  /** Blobs at a time. Default 6. */
  concurrency?: number | undefined;
  /** Whose signatures are asked for before anything is taken. Default: what the user's config.yaml says. */
  trust?: TrustSettings | undefined;
}

export interface PullResult {
  name: string;
  digest: Digest;
  /** Bytes of what is here of it now. */
  size: number;
  /** Bytes that had to come over the network. */
  receivedBytes: number;
}

/** @throws IMAGE_PLATFORM_MISSING, BLOB_DIGEST_MISMATCH, and the registry's errors; then the name stays as it was */
export async function pullImage(store: ImageStore, reference: string, options: PullOptions = {}): Promise<PullResult> {
  const wanted = parseReference(reference);
  // Before anything is fetched that could not get its name.
  await store.list();
  const source = await openRemoteSource(wanted, options);
  const name = wanted.toString();
  const { signal } = options;
  const trust = options.trust ?? (await trustSettings(options.sealerHome ?? defaultHome()));
  const decides = canRefuse(trust);
  // Before the first byte of it: the digest is what is signed.
  if (decides) await applyPolicy(remotePlace(name, wanted.name, source, signal), [source.root], trust, options.emit);
  const id = `pull:${name}`;
  const progress = reportBytes({ id, title: `Pull ${name}`, emit: options.emit });
  let receivedBytes = 0;
  const platform = options.platform ?? defaultPlatform();
  const copyOptions = {
    store,
    platform,
    signal,
    concurrency: options.concurrency ?? 6,
    onTotal: progress.onTotal,
    onBytes: progress.onBytes,
    onBlob: reportBlobs(id, options.emit),
    onOtherPlatform: (found: Platform) => {
      if (options.platform) throw otherPlatform(name, platform, found);
      const text = `${name} is for ${platformName(found)}; this machine is ${platformName(platform)}`;
      options.emit?.({ type: 'message', level: 'warning', text });
    },
    onReceived: (bytes: number) => {
      receivedBytes += bytes;
    },
  };
  const copy = options.allPlatforms && isIndexType(source.root.mediaType) ? copyIndex : copyImage;
  const blobs = await copy(source, name, copyOptions);
  await store.prepare(name, source.root, options);
  // name:tag@digest pins what the tag means; the store knows it by the tag.
  const stored = wanted.tag === undefined ? wanted : withVersion(wanted, { tag: wanted.tag });
  const attachments = await pullAttachments(store, source, blobs, signal).catch((cause: Error) => {
    signal?.throwIfAborted();
    if (decides || isOutOfRoom(cause)) throw cause;
    options.emit?.({ type: 'message', level: 'warning', text: `without what is attached to it: ${cause.message}` });
    return [];
  });
  await store.setName(stored.toString(), source.root, attachments);
  progress.done();
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  return { name: stored.toString(), digest: source.root.digest, size, receivedBytes };
}
