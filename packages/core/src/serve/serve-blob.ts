/** Answers GET and HEAD of a blob from its file, whole or in part (RFC 9110, 14: one range of bytes). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '../image/descriptor.js';
import type { ImageStore } from '../store/store.js';
import type { CheckedBlobs } from './checked-blobs.js';

/** @param size bytes of the blob, which is in the store */
export async function serveBlob(
  store: ImageStore,
  checked: CheckedBlobs,
  { digest, size }: { digest: Digest; size: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const common = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'accept-ranges': 'bytes',
  };
  const range = request.method === 'GET' ? readRange(request.headers.range, size) : undefined;
  if (range === 'outside') {
    response.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range) await checked.require(digest);
  response.writeHead(range ? 206 : 200, {
    ...common,
    'content-length': end - start + 1,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
  });
  if (request.method === 'HEAD' || size === 0) response.end();
  // The whole is checked as it goes: a damaged one is cut off before its end.
  else await pipeline(store.readBlob(digest, range ?? { start }), response);
}

/** Undefined for the whole blob: without a range, with several, and with one that is not understood. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | 'outside' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(size - Number(match[2]), 0) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[1] !== '' && match[2] !== '' && Number(match[2]) < start) return undefined;
  return start >= size || (match[1] === '' && match[2] === '0') ? 'outside' : { start, end };
}
