/** A blob from a registry as a stream that outlives cuts: it goes on where it stopped, and checks the digest at the end. */
import { createHash } from 'node:crypto';
import type { Descriptor } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { Exchange, RegistryResponse } from './exchange.js';
import { registryErrors } from './registry-errors.js';
import { attempts, backOff, isTransientError } from './retry.js';

/** @throws (while reading) BLOB_DIGEST_MISMATCH, BLOB_SIZE_MISMATCH, REGISTRY_NOT_FOUND, REGISTRY_UNREACHABLE */
export async function* downloadBlob(
  exchange: Exchange,
  repository: string,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let received = 0;
  // Failures in a row: a connection that breaks every gigabyte still gets there.
  let failures = 0;
  while (received < size || failures === 0) {
    try {
      for await (const chunk of rest(await ask(exchange, repository, digest, received, signal), received)) {
        received += chunk.length;
        if (received > size) throw imageErrors.BLOB_SIZE_MISMATCH({ digest, expected: size, actual: received });
        hash.update(chunk);
        failures = 0;
        yield chunk;
      }
      if (received === size) break;
      throw Object.assign(new Error(`the connection ended after ${received} of ${size} bytes`), { code: 'ECONNRESET' });
    } catch (cause) {
      signal?.throwIfAborted();
      failures++;
      if (!isTransientError(cause) || failures >= attempts) throw exchange.explain(cause);
      await backOff(failures, undefined, signal);
    }
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== digest)
    throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual, source: exchange.registry.host });
}

async function ask(exchange: Exchange, repository: string, digest: string, start: number, signal?: AbortSignal) {
  const response = await exchange.send({
    method: 'GET',
    url: `/v2/${repository}/blobs/${digest}`,
    scope: { repository, actions: 'pull' },
    ...(start > 0 ? { headers: { range: `bytes=${start}-` } } : {}),
    signal,
  });
  const { status } = response;
  if (status === 200 || status === 206) return response;
  const detail = (await response.body.text()).slice(0, 200);
  const registry = exchange.registry.host;
  if (status === 404)
    throw registryErrors.REGISTRY_NOT_FOUND({ registry, target: `blob ${digest} of ${repository}`, detail: '' });
  throw registryErrors.REGISTRY_REFUSED({ registry, request: `GET of blob ${digest}`, status, detail });
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
