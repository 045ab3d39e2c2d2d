/** The pull half of the distribution specification 1.1 over a store. Nothing can be written. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SealerError } from '../errors/sealer-error.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { mediaTypeOf, parseManifest } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import type { ImageStore } from '../store/store.js';
import type { CheckedBlobs } from './checked-blobs.js';
import { serveBlob } from './serve-blob.js';
import type { NameReader, ServedNames } from './served-names.js';
import { storedReferrers } from './stored-referrers.js';

/** Codes of the distribution specification ("Error Codes"). */
type ErrorCode = 'BLOB_UNKNOWN' | 'DIGEST_INVALID' | 'MANIFEST_UNKNOWN' | 'NAME_UNKNOWN' | 'UNSUPPORTED';

const most = 1000;

export async function answerRequest(
  store: ImageStore,
  reader: NameReader,
  checked: CheckedBlobs,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    request.resume();
    response.setHeader('allow', 'GET, HEAD');
    return refuse(response, 405, 'UNSUPPORTED', 'this registry is a read-only view of a sealer store');
  }
  const url = new URL(request.url ?? '/', 'http://store');
  if (url.pathname === '/v2/' || url.pathname === '/v2') return sendJson(response, {});
  const names = await reader.read();
  if (url.pathname === '/v2/_catalog') return sendPage(response, url, 'repositories', names.repositories());
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/([^/]+)$/.exec(url.pathname.replace(/%3a/gi, ':'));
  const [, repository = '', kind = '', wanted = ''] = match ?? [];
  if (!match || !names.has(repository))
    return refuse(response, 404, 'NAME_UNKNOWN', `the store has no image ${repository || url.pathname}`);
  if (kind === 'tags' && wanted === 'list')
    return sendPage(response, url, 'tags', names.tags(repository), { name: repository });
  if (kind === 'manifests') return await sendManifest(store, names, { repository, wanted, url }, response);
  if (!isDigest(wanted)) return refuse(response, 400, 'DIGEST_INVALID', `${wanted} is not a sha256 digest`);
  if (kind === 'referrers') return await sendReferrers(store, wanted, url, response);
  const size = await store.blobSize(wanted);
  if (size === undefined) return refuse(response, 404, 'BLOB_UNKNOWN', `the store has no blob ${wanted}`);
  await serveBlob(store, checked, { digest: wanted, size }, request, response);
}

async function sendManifest(
  store: ImageStore,
  names: ServedNames,
  { repository, wanted, url }: { repository: string; wanted: string; url: URL },
  response: ServerResponse,
): Promise<void> {
  const unknown = (text: string) => refuse(response, 404, 'MANIFEST_UNKNOWN', text);
  let digest: Digest | undefined = isDigest(wanted) ? wanted : undefined;
  if (digest === undefined) {
    const found = names.find(repository, wanted, url.searchParams.get('ns') ?? undefined);
    // Signatures as cosign 2 has them: their tag is made of a digest, so it means the same in every repository.
    const attached = found ? undefined : (await store.attachments()).find(({ tag }) => tag === wanted);
    if (!found && !attached) return unknown(`the store has no ${repository}:${wanted}`);
    if (found && 'ambiguous' in found)
      return unknown(
        `${repository}:${wanted} may be ${found.ambiguous.join(' or ')}; ask for one of them, or by digest`,
      );
    digest = found?.digest ?? attached?.descriptor.digest;
    if (digest === undefined) return unknown(`the store has no ${repository}:${wanted}`);
  }
  if ((await store.blobSize(digest)) === undefined) return unknown(`the store has no manifest ${digest}`);
  let bytes: Buffer;
  let mediaType: string;
  try {
    bytes = await store.readSmallBlob(digest);
    mediaType = mediaTypeOf(parseManifest(bytes, digest));
  } catch (cause) {
    if (SealerError.is(cause) && cause.code === 'BLOB_DAMAGED') throw cause;
    return unknown(`${digest} is not a manifest`);
  }
  response.setHeader('docker-content-digest', digest);
  response.setHeader('etag', `"${digest}"`);
  send(response, 200, mediaType, bytes);
}

async function sendReferrers(store: ImageStore, subject: Digest, url: URL, response: ServerResponse): Promise<void> {
  const artifactType = url.searchParams.get('artifactType');
  let manifests: Descriptor[] = await storedReferrers(store, subject);
  if (artifactType !== null) {
    manifests = manifests.filter((entry) => entry.artifactType === artifactType);
    response.setHeader('oci-filters-applied', 'artifactType');
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  send(response, 200, mediaTypes.ociIndex, Buffer.from(JSON.stringify(index)));
}

/** A list in pages: `n` of them after `last` (distribution specification, "Listing Tags"). */
function sendPage(response: ServerResponse, url: URL, key: string, all: string[], more: object = {}): void {
  const asked = Number(url.searchParams.get('n') ?? most);
  const size = Number.isInteger(asked) && asked >= 0 ? Math.min(asked, most) : most;
  const last = url.searchParams.get('last');
  const rest = last === null ? all : all.filter((entry) => entry > last);
  const page = rest.slice(0, size);
  if (page.length > 0 && page.length < rest.length) {
    const next = new URLSearchParams({ n: String(size), last: page.at(-1) as string });
    response.setHeader('link', `<${url.pathname}?${next}>; rel="next"`);
  }
  sendJson(response, { ...more, [key]: page });
}

function refuse(response: ServerResponse, status: number, code: ErrorCode, message: string): void {
  send(response, status, 'application/json', Buffer.from(JSON.stringify({ errors: [{ code, message }] })));
}

function sendJson(response: ServerResponse, value: object): void {
  send(response, 200, 'application/json', Buffer.from(JSON.stringify(value)));
}

/** node leaves the body of an answer to HEAD out. */
function send(response: ServerResponse, status: number, mediaType: string, bytes: Buffer): void {
  response.writeHead(status, { 'content-type': mediaType, 'content-length': bytes.length }).end(bytes);
}
