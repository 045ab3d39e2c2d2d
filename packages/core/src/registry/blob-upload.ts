/** Sends a blob: POST opens an upload, one PUT brings the bytes (distribution specification, "Single POST/PUT"). */
import { Readable } from 'node:stream';
import type { Digest } from '../image/descriptor.js';
import { type Exchange, errorDetail, type RegistryResponse } from './exchange.js';
import { registryErrors } from './registry-errors.js';
import { attempts, backOff, isTransientError, isTransientStatus, retryAfter } from './retry.js';

export interface UploadRequest {
  repository: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  /** The bytes; a function is called anew when the upload has to be repeated, a stream cannot be. */
  content: Readable | (() => Readable);
  signal?: AbortSignal | undefined;
  /** Bytes as they are sent; negative when an upload broke and begins again. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** @throws REGISTRY_REFUSED (also for a digest the registry does not find right), REGISTRY_UNREACHABLE */
export async function uploadBlob(exchange: Exchange, request: UploadRequest): Promise<void> {
  const { digest, content, signal } = request;
  const repeatable = typeof content === 'function';
  for (let attempt = 1; ; attempt++) {
    let wait: number | undefined;
    let sent = 0;
    const count = (bytes: number) => {
      sent += bytes;
      request.onBytes?.(bytes);
    };
    const open = () => Readable.from(counted(repeatable ? content() : content, count), { objectMode: false });
    try {
      const response = await attemptUpload(exchange, request, open);
      if (response.status === 201) {
        await response.body.dump();
        return;
      }
      const detail = errorDetail(await response.body.text());
      const refused = {
        registry: exchange.registry.host,
        request: `the upload of ${digest}`,
        status: response.status,
        detail,
      };
      // 404: the registry has forgotten the upload, e.g. because it was started again.
      const passes = isTransientStatus(response.status) || response.status === 404;
      if (!repeatable || !passes || attempt >= attempts) throw registryErrors.REGISTRY_REFUSED(refused);
      wait = retryAfter(response.headers['retry-after']);
    } catch (cause) {
      signal?.throwIfAborted();
      if (!repeatable || !isTransientError(cause) || attempt >= attempts) throw exchange.explain(cause);
    }
    if (sent > 0) request.onBytes?.(-sent);
    await backOff(attempt, wait, signal);
  }
}

async function attemptUpload(
  exchange: Exchange,
  request: UploadRequest,
  open: () => Readable,
): Promise<RegistryResponse> {
  const { repository, digest, size, signal } = request;
  const scope = { repository, actions: 'pull,push' } as const;
  const opened = await exchange.send({ method: 'POST', url: `/v2/${repository}/blobs/uploads/`, scope, signal });
  if (opened.status !== 202) return opened;
  await opened.body.dump();
  const url = uploadLocation(exchange, opened);
  url.searchParams.set('digest', digest);
  return await exchange.send({
    method: 'PUT',
    url,
    scope,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body: size === 0 ? Buffer.alloc(0) : open,
    signal,
    // The bytes have been read: a repetition starts with a new upload.
    attempts: 1,
  });
}

/** May be relative, and may carry a query that has to stay. */
export function uploadLocation(exchange: Exchange, response: RegistryResponse): URL {
  const location = [response.headers.location].flat()[0];
  if (location !== undefined && URL.canParse(location, response.url.href)) return new URL(location, response.url);
  const reason = 'its answer has no Location';
  throw registryErrors.REGISTRY_PROTOCOL({ registry: exchange.registry.host, request: 'POST of an upload', reason });
}

async function* counted(content: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of content as AsyncIterable<Buffer>) {
    count(chunk.length);
    yield chunk;
  }
}
