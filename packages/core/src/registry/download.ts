/** Fetches one file over http(s) and keeps it only when it is the one that was meant. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '../image/descriptor.js';
import { DigestStream } from '../image/digest.js';

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  onBytes?: (bytes: number, total: number | undefined) => void;
}

/** @throws Error with a plain reason: status, wrong digest, network */
export async function download(
  url: string,
  expected: Digest,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const response = await fetch(url, {
    redirect: 'follow',
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((cause: Error) => {
    const inner = cause.cause as Error | undefined;
    throw new Error(inner?.message ?? cause.message, { cause });
  });
  if (!response.ok || !response.body)
    throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  const total = Number(response.headers.get('content-length')) || undefined;
  const hash = new DigestStream();
  hash.on('data', (chunk: Buffer) => options.onBytes?.(chunk.length, total));
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  try {
    await pipeline(Readable.fromWeb(response.body as never), hash, createWriteStream(temporary));
    const actual = hash.digest();
    if (actual !== expected) throw new Error(`its digest is ${actual}, expected was ${expected}`);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
