/** Puts a bundled container image into a registry: blobs, then child manifests, then the image by digest and by tag. */
import { SealerError } from '../errors/sealer-error.js';
import type { BundleImage } from '../image/cluster-config.js';
import type { Descriptor, Digest, ImageManifest } from '../image/descriptor.js';
import { isIndex, mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import { uniqueByDigest } from '../store/copy-image.js';
import type { BlobStore } from '../store/store.js';
import { lacksBlob } from './refused.js';
import type { RegistryClient } from './registry-client.js';
import { type SendOptions, sendBlobs } from './send-blobs.js';

export type CopyToRegistryOptions = SendOptions;

export interface CopyToRegistryResult {
  /** What the tag points to. */
  tagged: Digest;
  /** Digests under which the image can be pulled. */
  digests: Digest[];
  /** Blobs sent and blobs that were there. */
  sent: number;
  present: number;
  /** True when the registry refused the sparse index, so that the tag points to the platform's manifest. */
  platformOnly: boolean;
}

/**
 * A second call sends nothing. CNCF distribution 2 refuses an index while a manifest it names is missing; for an index
 * that was fetched for one platform the platform's manifest then stands under the tag, and the index's own digest
 * cannot be pulled from there (docs/image-format.md).
 */
export async function copyImageToRegistry(
  store: Pick<BlobStore, 'readBlob' | 'readSmallBlob' | 'blobSize'>,
  image: BundleImage,
  client: RegistryClient,
  repository: string,
  tag: string | undefined,
  options: CopyToRegistryOptions = {},
): Promise<CopyToRegistryResult> {
  const { signal } = options;
  const tree = await readTree(store, image);
  const already = await client.headManifest(repository, image.digest, { signal });
  const counts = { sent: 0, present: 0 };
  if (already?.digest !== image.digest)
    Object.assign(counts, await sendBlobs(store, tree.blobs, client, repository, options));
  else for (const blob of tree.blobs) options.onBytes?.(blob.size);
  const put = async (document: Document, reference: string) => {
    const there = await client.headManifest(repository, reference, { signal });
    if (there?.digest !== document.digest)
      await client.putManifest(repository, reference, document.mediaType, document.bytes, { signal });
  };
  const digests: Digest[] = [];
  for (const child of tree.manifests) {
    await put(child, child.digest).catch(async (cause) => {
      if (!lacksBlob(cause)) throw cause;
      // It says that it has them, and has not. They have been counted.
      const { onBytes: _counted, ...quietly } = options;
      Object.assign(counts, await sendBlobs(store, tree.blobs, client, repository, { ...quietly, distrust: true }));
      await put(child, child.digest);
    });
    digests.push(child.digest);
  }
  let top = tree.root;
  let platformOnly = false;
  try {
    await put(tree.root, tree.root.digest);
    if (!digests.includes(tree.root.digest)) digests.push(tree.root.digest);
  } catch (cause) {
    const only = tree.manifests[0];
    const refused = SealerError.is(cause) && cause.code === 'REGISTRY_REFUSED' && /status 4\d\d/.test(cause.message);
    if (!tree.sparse || !refused || tree.manifests.length !== 1 || !only) throw cause;
    top = only;
    platformOnly = true;
  }
  if (tag !== undefined) await put(top, tag);
  return { tagged: top.digest, digests, ...counts, platformOnly };
}

interface Document {
  digest: Digest;
  mediaType: string;
  bytes: Buffer;
}

interface ImageTree {
  root: Document;
  /** Image manifests that are in the store; the root itself when it is one. */
  manifests: Document[];
  /** Configs and layers, each once. */
  blobs: Descriptor[];
  /** An index of which not every manifest is here. */
  sparse: boolean;
}

async function readTree(store: Pick<BlobStore, 'readSmallBlob' | 'blobSize'>, image: BundleImage): Promise<ImageTree> {
  const read = async (digest: Digest) => {
    const bytes = await store.readSmallBlob(digest);
    const content = parseManifest(bytes, digest);
    return { content, document: { digest, mediaType: mediaTypeOf(content), bytes } };
  };
  const root = await read(image.digest);
  const manifests: Document[] = [];
  const blobs: Descriptor[] = [];
  const add = (document: Document, content: ImageManifest) => {
    manifests.push(document);
    blobs.push(content.config, ...content.layers);
  };
  let sparse = false;
  if (!isIndex(root.content)) add(root.document, root.content);
  else {
    for (const { digest } of root.content.manifests) {
      const here = image.blobs.includes(digest) && (await store.blobSize(digest)) !== undefined;
      const child = here ? await read(digest) : undefined;
      if (child && !isIndex(child.content)) add(child.document, child.content);
      else sparse = true;
    }
  }
  return { root: root.document, manifests, blobs: uniqueByDigest(blobs), sparse };
}
