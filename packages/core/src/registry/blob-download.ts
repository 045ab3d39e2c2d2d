/** A blob from a registry that outlives cuts: it goes on where it stopped. What is not the blob is noticed as early as it can be. */

import type { Descriptor } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { ByteSink } from '../store/byte-sink.js';
import type { Exchange } from './exchange.js';
import { contentType, headerOf } from './manifest-requests.js';
import { refused } from './refused.js';
import { registryErrors } from './registry-errors.js';
import type { RegistryResponse } from './registry-request.js';
import { attempts, backOff, failureWeight, isTransientError } from './retry.js';

type Blob = Pick<Descriptor, 'digest' | 'size'>;

/** Passes the bytes from `start` on to `sink`. @throws BLOB_SIZE_MISMATCH, REGISTRY_NOT_FOUND, REGISTRY_PROTOCOL, REGISTRY_UNREACHABLE */
export async function downloadBlob(
  exchange: Exchange,
  repository: string,
  blob: Blob,
  start: number,
  sink: ByteSink,
  signal?: AbortSignal,
): Promise<void> {
  const { digest, size } = blob;
  let received = start;
  // Failures in a row: a connection that breaks every gigabyte still gets there.
  let failures = 0;
  /** Not the network's, so not to be tried again. */
  let ours: { cause: unknown } | undefined;
  const take = (bytes: Buffer) => {
    failures = 0;
    received += bytes.length;
    try {
      if (received > size) throw imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: size, actual: received });
      return sink(bytes)?.catch((cause) => {
        ours = { cause };
        throw cause;
      });
    } catch (cause) {
      ours = { cause };
      throw cause;
    }
  };
  do {
    try {
      const response = await ask(exchange, repository, blob, received, signal);
      await response.body.into(response.status === 206 ? take : afterwards(received, take));
      if (received === size) return;
      throw Object.assign(new Error(`the connection ended after ${received} of ${size} bytes`), { code: 'ECONNRESET' });
    } catch (cause) {
      signal?.throwIfAborted();
      if (ours) throw ours.cause;
      failures += failureWeight(cause);
      if (!isTransientError(cause) || failures >= attempts) throw exchange.explain(cause);
      await backOff(failures, signal);
    }
  } while (received < size);
}

/** Leaves out what is there already, of a server that gives all bytes again. */
function afterwards(start: number, sink: ByteSink): ByteSink {
  let skip = start;
  return (bytes) => {
    const left = bytes.subarray(skip);
    skip = Math.max(0, skip - bytes.length);
    return left.length > 0 ? sink(left) : undefined;
  };
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
  response.body.discard();
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
