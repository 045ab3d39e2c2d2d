/** Files that ADD and APP take from a URL: fetched once, kept by digest. */
import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ContextFile } from '../context/context-files.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import { isDigest } from '../image/digest.js';
import { download } from '../registry/download.js';
import { buildErrors } from './build-errors.js';

export interface FetchOptions {
  directory: string;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** @throws BUILD_CHECKSUM_REQUIRED, BUILD_DOWNLOAD_FAILED */
export async function fetchSource(
  url: string,
  checksum: string | undefined,
  options: FetchOptions,
): Promise<ContextFile> {
  if (!checksum) throw buildErrors.BUILD_CHECKSUM_REQUIRED({ url });
  if (!isDigest(checksum))
    throw buildErrors.BUILD_DOWNLOAD_FAILED({ url, reason: `"${checksum}" is no sha256:<64 hex digits>` });
  const absolute = join(options.directory, checksum.replace(':', '-'));
  if (!URL.canParse(url)) throw buildErrors.BUILD_DOWNLOAD_FAILED({ url, reason: 'it is no URL' });
  const name = basename(new URL(url).pathname) || 'index';
  if (!(await lstat(absolute).catch(() => undefined))) {
    let current = 0;
    const onBytes = (bytes: number, total: number | undefined) => {
      current += bytes;
      options.emit?.({
        type: 'progress',
        id: url,
        title: `fetch ${name}`,
        current,
        ...(total === undefined ? {} : { total }),
        unit: 'bytes',
        done: current === total,
      });
    };
    await download(url, checksum, absolute, { signal: options.signal, onBytes }).catch((cause: Error) => {
      // Its folder is the trouble, not the server.
      if (SealerError.is(cause)) throw cause;
      throw buildErrors.BUILD_DOWNLOAD_FAILED({ url, reason: cause.message }, { cause });
    });
  }
  return { path: name, absolute, stats: await lstat(absolute, { bigint: true }) };
}
