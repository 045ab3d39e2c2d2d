/**
 * Sends a blob. Small ones: POST opens an upload, one PUT brings the bytes (distribution specification, "Single
 * POST/PUT"). Large ones, and those of which one request is too large for the registry, go in pieces (chunked-upload.ts);
 * registries without PATCH get one PUT.
 */

import type { Readable } from 'node:stream';
import { uploadInPieces } from './chunked-upload.js';
import type { Exchange } from './exchange.js';
import { refused } from './refused.js';
import type { RegistryResponse } from './registry-request.js';
import { attempts, backOff, isTransientError, isTransientStatus } from './retry.js';
import { isStored } from './stored-blob.js';
import type { UploadRequest } from './upload-request.js';

/** From this size on an upload is worth going on with where it was cut. */
const resumableSize = 8 * 1024 * 1024;

/** @throws REGISTRY_REFUSED (also for a digest the registry does not find right), REGISTRY_UNREACHABLE */
export async function uploadBlob(exchange: Exchange, request: UploadRequest): Promise<void> {
  const { content, size } = request;
  if (typeof content !== 'function') return void (await uploadWhole(exchange, request));
  const pieces = async () => await uploadInPieces(exchange, { ...request, content });
  const large = size >= resumableSize || size > (exchange.largestBody ?? size);
  if (large && (await pieces())) return;
  if (await uploadWhole(exchange, request, !large)) return;
  // One request with all of it is too large for the registry, or for a proxy before it.
  if (!(await pieces())) await uploadWhole(exchange, request);
}

/** @param mayGiveUp false is given, in place of an error, when the registry finds the request too large */
async function uploadWhole(exchange: Exchange, request: UploadRequest, mayGiveUp = false): Promise<boolean> {
  const { content, signal, size } = request;
  const repeatable = typeof content === 'function';
  for (let attempt = 1; ; attempt++) {
    let sent = 0;
    const count = (bytes: number) => {
      sent += bytes;
      request.onBytes?.(bytes);
    };
    // Stored, whatever was answered: a gateway may have lost patience with a registry that was checking the digest.
    const stored = async () => {
      if (sent < size || !(await isStored(exchange, request))) return false;
      return true;
    };
    const open = () => (repeatable ? content() : content);
    try {
      const response = await attemptUpload(exchange, request, open, count);
      if (response.status === 201) {
        await response.body.dump();
        return true;
      }
      if ((response.status === 413 || response.status === 416) && mayGiveUp) {
        await response.body.dump();
        request.onBytes?.(-sent);
        return false;
      }
      const refusal = await refused(exchange, response, `the upload of ${request.digest}`);
      if (await stored()) return true;
      // 404: the registry has forgotten the upload, e.g. because it was started again.
      const passes = isTransientStatus(response.status) || response.status === 404;
      if (!repeatable || !passes || attempt >= attempts) throw refusal;
    } catch (cause) {
      signal?.throwIfAborted();
      if (!isTransientError(cause)) throw exchange.explain(cause);
      if (await stored()) return true;
      if (!repeatable || attempt >= attempts) throw exchange.explain(cause);
    }
    if (sent > 0) request.onBytes?.(-sent);
    await backOff(attempt, signal);
  }
}

async function attemptUpload(
  exchange: Exchange,
  request: UploadRequest,
  open: () => Readable,
  onBytes: (bytes: number) => void,
): Promise<RegistryResponse> {
  const { repository, digest, size, signal } = request;
  const scope = { repository, actions: 'pull,push' } as const;
  const opened = await exchange.send({ method: 'POST', url: `/v2/${repository}/blobs/uploads/`, scope, signal });
  if (opened.status !== 202) return opened;
  await opened.body.dump();
  const url = exchange.location(opened);
  url.searchParams.set('digest', digest);
  return await exchange.send({
    method: 'PUT',
    url,
    scope,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body: size === 0 ? Buffer.alloc(0) : open,
    digest,
    onBytes,
    signal,
    // The bytes have been read: a repetition starts with a new upload.
    attempts: 1,
  });
}
