/**
 * Mutual exclusion between processes by a file. A lock whose holder has died is broken; breaking is itself
 * under a lock, so that of two processes that see a dead holder only one removes its file.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOutOfRoom } from '../errors/file-system-error.js';
import { imageErrors } from '../image/image-errors.js';
import { createLock, readLock } from './lock-content.js';
import { isProcessAlive, processIdentity } from './process-identity.js';

/** Sections under the lock take milliseconds; a holder on another machine that is older than this has died. */
const foreignLifetime = 10 * 60_000;

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds to wait for another holder. Default: two minutes. */
  timeout?: number;
  /** Called once when there is no room for the lock: it makes some, or throws. */
  onFull?: () => Promise<void>;
}

/** Runs `section` while holding `path`. @throws STORE_LOCKED when another process does not let go in time. */
export async function withLock<T>(path: string, section: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const timeout = options.timeout ?? 120_000;
  const since = Date.now();
  let { onFull } = options;
  const take = async () => {
    try {
      return await tryCreate(path);
    } catch (cause) {
      if (!onFull || !isOutOfRoom(cause)) throw cause;
      await onFull();
      onFull = undefined;
      return await tryCreate(path);
    }
  };
  for (let attempt = 0; !(await take()); attempt++) {
    options.signal?.throwIfAborted();
    if (await isStale(path)) {
      await breakLock(path);
      continue;
    }
    if (Date.now() - since > timeout) {
      const { owner } = await readLock(path).catch(() => ({ owner: 'another process' }));
      throw imageErrors.STORE_LOCKED({ path, owner: `process ${owner}`, seconds: Math.round(timeout / 1000) });
    }
    // Jitter keeps several waiters from asking in step.
    await sleep(Math.min(50, 2 + attempt * 2) * (0.5 + Math.random()));
  }
  try {
    return await section();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  return await createLock(path, processIdentity());
}

async function isStale(path: string): Promise<boolean> {
  try {
    const { owner, mtimeMs } = await readLock(path);
    const age = Date.now() - mtimeMs;
    // Created but not yet written, or its writer was killed in between.
    if (owner === '') return age > 5_000;
    const alive = isProcessAlive(owner);
    return alive === undefined ? age > foreignLifetime : !alive;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw cause;
  }
}

async function breakLock(path: string): Promise<void> {
  const breaker = `${path}.break`;
  if (!(await tryCreate(breaker))) {
    if (await isStale(breaker)) await rm(breaker, { force: true });
    else await sleep(5);
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}
