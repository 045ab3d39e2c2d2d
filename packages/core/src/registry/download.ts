/** Fetches one file over http(s), through the proxy of the environment, and keeps it only when it is the one that was meant. */

import { mkdir, open, rename, rm } from 'node:fs/promises';
import { STATUS_CODES } from 'node:http';
import { dirname } from 'node:path';
import { atPath, fileSystemError, isOutOfRoom } from '../errors/file-system-error.js';
import { requireRoom } from '../errors/free-room.js';
import type { Digest } from '../image/descriptor.js';
import { temporaryName } from '../store/atomic-file.js';
import { BlobWriter } from '../store/blob-writer.js';
import { HttpAgents } from './http-agents.js';
import { type HttpAnswer, sendRequest } from './http-request.js';

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  onBytes?: (bytes: number, total: number | undefined) => void;
}

const silence = { headers: 60_000, body: 60_000 };
const mostRedirects = 10;

/** @throws Error with a plain reason: status, wrong digest, network; DISK_FULL and the other errors of the file system */
export async function download(
  url: string,
  expected: Digest,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const agents = new HttpAgents({});
  const temporary = temporaryName(dirname(path), 'download');
  try {
    const { body, headers } = await follow(new URL(url), agents, options.signal);
    const total = Number(headers['content-length']) || undefined;
    const { file } = await atPath(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      if (total !== undefined) requireRoom(dirname(path), [total], `for ${url}`);
      return { file: await open(temporary, 'w') };
    });
    try {
      const writer = new BlobWriter(file);
      await body
        .into((bytes) => {
          options.onBytes?.(bytes.length, total);
          return writer.write(bytes);
        })
        .catch((cause) => {
          throw isOutOfRoom(cause) ? fileSystemError(cause, { path, needed: total }) : cause;
        });
      await atPath(path, () => writer.flush());
      const actual = await writer.digest();
      if (actual !== expected) throw new Error(`its digest is ${actual}, expected was ${expected}`);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
    await agents.destroy();
  }
}

/** Wherever it is sent on to: the digest says whether it is the right file. */
async function follow(from: URL, agents: HttpAgents, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  let url = from;
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const headers = { 'user-agent': 'sealer', 'accept-encoding': 'identity' };
    const answer = await sendRequest(url, await agents.to(url), { method: 'GET', headers, signal, silence });
    if (answer.status === 200) return answer;
    answer.body.discard();
    const location = [answer.headers.location].flat()[0];
    const next = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (answer.status < 300 || answer.status > 399 || !next)
      throw new Error(`the server answered ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim());
    if (!/^https?:$/.test(next.protocol)) throw new Error(`the server redirects to ${next.protocol}`);
    url = next;
  }
  throw new Error('the server redirects in circles');
}
