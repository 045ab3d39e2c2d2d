/** GET of a registry's own list of referrers; `referrers.ts` has what is done where there is none. */
import { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { isIndex, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import type { Exchange } from './exchange.js';
import { contentType } from './manifest-requests.js';
import { pagesOf } from './paged-list.js';

/** How registries say that they do not know the request. */
const unknownRequest = /status (400|405|406|501)\b/;

/** Undefined when the registry does not know the API (distribution specification 1.1: it then answers 404). */
export async function getReferrers(
  exchange: Exchange,
  repository: string,
  digest: Digest,
  { artifactType, signal }: { artifactType?: string | undefined; signal?: AbortSignal | undefined },
): Promise<Descriptor[] | undefined> {
  const query = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`;
  const found: Descriptor[] = [];
  try {
    const request = {
      path: `/v2/${repository}/referrers/${digest}${query}`,
      scope: { repository, actions: 'pull' } as const,
      target: `the referrers of ${repository}@${digest}`,
      headers: { accept: mediaTypes.ociIndex },
      signal,
    };
    for await (const { document, response } of pagesOf(exchange, request)) {
      // A server that answers every path with something of its own does not know this one.
      if (contentType(response) !== mediaTypes.ociIndex) return undefined;
      const index = parseManifest(Buffer.from(JSON.stringify(document)), request.target);
      if (!isIndex(index)) return undefined;
      found.push(...index.manifests);
    }
  } catch (cause) {
    const notFound = SealerError.is(cause) && cause.code === 'REGISTRY_NOT_FOUND';
    const unknown = SealerError.is(cause) && cause.code === 'REGISTRY_REFUSED' && unknownRequest.test(cause.message);
    if (notFound || unknown) return undefined;
    throw cause;
  }
  return found;
}
