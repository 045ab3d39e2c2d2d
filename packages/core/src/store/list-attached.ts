/** What `sealer inspect` says of what is attached to an image; nothing of it is verified. */

import type { Descriptor, Digest } from '../image/descriptor.js';
import { attachmentsOf } from './attachments.js';
import { imageBlobs } from './image-blobs.js';
import type { ImageStore } from './store.js';

export interface AttachedRow {
  /** `signature`, `bill of materials`, `provenance`, `statement`, or the type another program gave it. */
  kind: string;
  digest: Digest;
  subject: Digest;
  /** `sha256-<hex>.sig`, for one that registries keep under a tag. */
  tag?: string;
  /** Why it is of no use: its manifest is missing or damaged. */
  problem?: string;
}

const kinds: Readonly<Record<string, string>> = {
  'application/vnd.cyclonedx+json': 'bill of materials',
  'application/spdx+json': 'bill of materials',
  'application/vnd.in-toto+json': 'provenance',
};

/** @param roots what names point to; what is attached to their parts counts as well */
export async function listAttached(store: ImageStore, roots: readonly Descriptor[]): Promise<AttachedRow[]> {
  const all = await store.attachments();
  const found = await attachmentsOf(
    store,
    roots.map((descriptor) => ({ descriptor })),
    all,
  );
  return await Promise.all(
    found.map(async ({ subject, tag, descriptor }) => {
      const problem = await imageBlobs(store, { name: `an attachment of ${subject}`, descriptor }).then(
        () => undefined,
        (cause: Error) => cause.message,
      );
      return {
        kind: kindOf(descriptor, tag),
        digest: descriptor.digest,
        subject,
        ...(tag === undefined ? {} : { tag }),
        ...(problem === undefined ? {} : { problem }),
      };
    }),
  );
}

function kindOf({ artifactType = '', annotations, mediaType }: Descriptor, tag: string | undefined): string {
  if (tag?.endsWith('.sig')) return 'signature';
  if (tag !== undefined) return 'statement';
  if (!artifactType.startsWith('application/vnd.dev.sigstore.bundle'))
    return kinds[artifactType] ?? (artifactType || mediaType);
  const predicate = annotations?.['dev.sigstore.bundle.predicateType'];
  return predicate === undefined || predicate === 'https://sigstore.dev/cosign/sign/v1' ? 'signature' : 'statement';
}
