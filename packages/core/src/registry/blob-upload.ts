/**
 * Sends a blob. Small ones: POST opens an upload, one PUT brings the bytes (distribution specification, "Single
 * POST/PUT"). Large ones: PATCH streams the bytes, and after a cut the rest, as far as the registry says it has come
 * ("Pushing a blob in chunks"); registries without PATCH get one PUT.
 */
import type { Readable } from 'node:stream';
import type { Digest } from '../image/descriptor.js';
import type { Exchange, RegistryResponse } from './exchange.js';
import { refused } from './refused.js';
import { attempts, backOff, failureWeight, isTransientError, isTransientStatus } from './retry.js';

export interface UploadRequest {
  repository: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  /** The bytes, from `start` on; a function is called anew when the upload has to be repeated, a stream cannot be. */
  content: Readable | ((start?: number) => Readable);
  signal?: AbortSignal | undefined;
  /** Bytes as they are sent; negative when an upload broke and begins again. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** From this size on an upload is worth going on with where it was cut. */
const resumableSize = 8 * 1024 * 1024;

/** @throws REGISTRY_REFUSED (also for a digest the registry does not find right), REGISTRY_UNREACHABLE */
export async function uploadBlob(exchange: Exchange, request: UploadRequest): Promise<void> {
  const { content, size } = request;
  if (typeof content === 'function' && size >= resumableSize) {
    if (await uploadResumable(exchange, { ...request, content })) return;
  }
  await uploadWhole(exchange, request);
}

async function uploadWhole(exchange: Exchange, request: UploadRequest): Promise<void> {
  const { content, signal } = request;
  const repeatable = typeof content === 'function';
  for (let attempt = 1; ; attempt++) {
    let sent = 0;
    const count = (bytes: number) => {
      sent += bytes;
      request.onBytes?.(bytes);
    };
    const open = () => (repeatable ? content() : content);
    try {
      const response = await attemptUpload(exchange, request, open, count);
      if (response.status === 201) {
        await response.body.dump();
        return;
      }
      // 404: the registry has forgotten the upload, e.g. because it was started again.
      const passes = isTransientStatus(response.status) || response.status === 404;
      if (!repeatable || !passes || attempt >= attempts)
        throw await refused(exchange, response, `the upload of ${request.digest}`);
      await response.body.dump();
    } catch (cause) {
      signal?.throwIfAborted();
      if (!repeatable || !isTransientError(cause) || attempt >= attempts) throw exchange.explain(cause);
    }
    if (sent > 0) request.onBytes?.(-sent);
    await backOff(attempt, signal);
  }
}

/** False when the registry does not know PATCH: nothing was sent then. */
async function uploadResumable(
  exchange: Exchange,
  request: UploadRequest & { content: (start?: number) => Readable },
): Promise<boolean> {
  const { size, signal, digest } = request;
  const scope = { repository: request.repository, actions: 'pull,push' } as const;
  let url: URL | undefined;
  /** What the registry has said it holds, and what has been reported. */
  let held = 0;
  let reported = 0;
  const report = (position: number) => {
    request.onBytes?.(position - reported);
    reported = position;
  };
  let failures = 0;
  for (;;) {
    const before = held;
    try {
      if (!url) {
        url = await openUpload(exchange, request);
        held = 0;
      } else if (failures > 0) {
        const asked = await exchange.send({ method: 'GET', url, scope, signal });
        await asked.body.dump();
        if (asked.status !== 204) throw lost();
        url = exchange.location(asked);
        held = rangeEnd(asked) ?? 0;
      }
      report(held);
      if (held < size) {
        const body = () => request.content(held);
        const onBytes = (bytes: number) => report(reported + bytes);
        const range: Record<string, string> = held > 0 ? { 'content-range': `${held}-${size - 1}` } : {};
        const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size - held), ...range };
        const sent = await exchange.send({ method: 'PATCH', url, scope, headers, body, onBytes, signal, attempts: 1 });
        if (sent.status === 405 || sent.status === 501) {
          await sent.body.dump();
          report(0);
          return false;
        }
        if (sent.status === 404 || sent.status === 416) throw lost();
        if (isTransientStatus(sent.status)) {
          await sent.body.dump();
          throw Object.assign(new Error(`status ${sent.status}`), { code: 'ECONNRESET' });
        }
        if (sent.status !== 202) throw await refused(exchange, sent, `the upload of ${digest}`);
        await sent.body.dump();
        url = exchange.location(sent);
        held = rangeEnd(sent) ?? size;
      }
      url.searchParams.set('digest', digest);
      const ended = await exchange.send({ method: 'PUT', url, scope, headers: { 'content-length': '0' }, signal });
      if (ended.status !== 201) throw await refused(exchange, ended, `the upload of ${digest}`);
      await ended.body.dump();
      return true;
    } catch (cause) {
      signal?.throwIfAborted();
      // Failures in a row: an upload that is cut every gigabyte still gets there.
      failures = (held > before ? 0 : failures) + failureWeight(cause);
      if (!isTransientError(cause) || failures >= attempts) throw exchange.explain(cause);
      if (isLost(cause)) url = undefined;
    }
    await backOff(failures, signal);
  }
}

/** The registry has forgotten the upload, e.g. because it was started again: it is repeated from the start. */
function lost(): Error {
  return Object.assign(new Error('the registry has forgotten the upload'), { code: 'ECONNRESET', lost: true });
}

function isLost(cause: unknown): boolean {
  return (cause as { lost?: boolean }).lost === true;
}

/** Bytes that have arrived, by a header `Range: 0-<last>`. */
function rangeEnd(response: RegistryResponse): number | undefined {
  const match = /^(?:bytes=)?0-(\d+)$/.exec([response.headers.range].flat()[0] ?? '');
  // An upload without bytes is 0-0, as one with a single byte is: nothing is lost by sending that byte again.
  return match ? (match[1] === '0' ? 0 : Number(match[1]) + 1) : undefined;
}

async function openUpload(exchange: Exchange, request: UploadRequest): Promise<URL> {
  const scope = { repository: request.repository, actions: 'pull,push' } as const;
  const url = `/v2/${request.repository}/blobs/uploads/`;
  const opened = await exchange.send({ method: 'POST', url, scope, signal: request.signal });
  if (opened.status !== 202) throw await refused(exchange, opened, `the upload of ${request.digest}`);
  await opened.body.dump();
  return exchange.location(opened);
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
    onBytes,
    signal,
    // The bytes have been read: a repetition starts with a new upload.
    attempts: 1,
  });
}
