/** A blob from a registry that outlives cuts: it goes on where it stopped. What is not the blob is noticed as early as it can be. */
import { createHash } from 'node:crypto';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { Exchange, RegistryResponse } from './exchange.js';
import { contentType, headerOf } from './manifest-requests.js';
import { refused } from './refused.js';
import { registryErrors } from './registry-errors.js';
import { discard } from './response-body.js';
import { attempts, backOff, failureWeight, isTransientError } from './retry.js';

type Blob = Pick<Descriptor, 'digest' | 'size'>;

/** @throws (while reading) BLOB_SIZE_MISMATCH, REGISTRY_NOT_FOUND, REGISTRY_PROTOCOL, REGISTRY_UNREACHABLE */
export async function* downloadBlob(
  exchange: Exchange,
  repository: string,
  blob: Blob,
  start: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const { digest, size } = blob;
  let received = start;
  // Failures in a row: a connection that breaks every gigabyte still gets there.
  let failures = 0;
  do {
    try {
      const response = await ask(exchange, repository, blob, received, signal);
      for await (const chunk of rest(response, received)) {
        received += chunk.length;
        if (received > size) throw imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: size, actual: received });
        failures = 0;
        yield chunk;
      }
      if (received === size) return;
      throw Object.assign(new Error(`the connection ended after ${received} of ${size} bytes`), { code: 'ECONNRESET' });
    } catch (cause) {
      signal?.throwIfAborted();
      failures += failureWeight(cause);
      if (!isTransientError(cause) || failures >= attempts) throw exchange.explain(cause);
      await backOff(failures, signal);
    }
  } while (received < size);
}

/** Passes the bytes of a whole blob on. @throws BLOB_DIGEST_MISMATCH at the end */
export async function* verified(bytes: AsyncIterable<Buffer>, digest: Digest, source: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== digest) throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual, source });
}

async function ask(exchange: Exchange, repository: string, blob: Blob, start: number, signal?: AbortSignal) {
  const { digest, size } = blob;
  const response = await exchange.send({
    method: 'GET',
    url: `/v2/${repository}/blobs/${digest}`,
    scope: { repository, actions: 'pull' },
    ...(start > 0 ? { headers: { range: `bytes=${start}-` } } : {}),
    signal,
  });
  const { status } = response;
  const registry = exchange.registry.host;
  const request = `GET of blob ${digest}`;
  if (status === 404) {
    await response.body.dump();
    throw registryErrors.REGISTRY_NOT_FOUND({ registry, target: `blob ${digest} of ${repository}`, detail: '' });
  }
  if (status !== 200 && status !== 206) throw await refused(exchange, response, request);
  const [from, total] = promised(response, start);
  // A page that asks to log in to a network, or to accept its terms, comes with status 200 as well.
  const page = contentType(response) === 'text/html' && total !== size;
  if (!page && from === (status === 206 ? start : 0) && (total === undefined || total === size)) return response;
  discard(response);
  if (page) throw registryErrors.REGISTRY_PROTOCOL({ registry, request, reason: 'it is an HTML page' });
  if (total !== undefined && total !== size)
    throw imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: size, actual: total });
  const reason = `bytes from ${start} on were asked for, and it gives them from ${from} on`;
  throw registryErrors.REGISTRY_PROTOCOL({ registry, request, reason });
}

/** Where the bytes of an answer begin, and how many the whole blob has; as far as the answer says so. */
function promised(response: RegistryResponse, start: number): [from: number, total: number | undefined] {
  const length = headerOf(response, 'content-length');
  if (response.status !== 206) return [0, length === undefined ? undefined : Number(length)];
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headerOf(response, 'content-range') ?? '');
  if (!range) return [start, length === undefined ? undefined : start + Number(length)];
  return [Number(range[1]), range[2] === '*' ? undefined : Number(range[2])];
}

/** The bytes from `start` on, also when the server gives all of them again. */
async function* rest(response: RegistryResponse, start: number): AsyncGenerator<Buffer> {
  let skip = response.status === 206 ? 0 : start;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    if (skip >= chunk.length) {
      skip -= chunk.length;
      continue;
    }
    yield skip > 0 ? chunk.subarray(skip) : chunk;
    skip = 0;
  }
}
