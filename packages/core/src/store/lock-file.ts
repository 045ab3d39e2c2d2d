/**
 * Mutual exclusion between processes by a file. A lock whose holder has died is broken; breaking is itself
 * under a lock, so that of two processes that see a dead holder only one removes its file. A holder touches its file
 * every few seconds: whoever cannot see its process (another machine, another container) goes by that.
 */
import { lutimes, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOutOfRoom } from '../errors/file-system-error.js';
import { imageErrors } from '../image/image-errors.js';
import { createLock, readLock } from './lock-content.js';
import { describeProcess, isProcessAlive, processIdentity } from './process-identity.js';

/** Milliseconds between two signs of life, and without one after which a holder that cannot be seen has died. */
const signEvery = 3_000;
export const silence = 15_000;

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds to wait for another holder. Default: two minutes. */
  timeout?: number;
  /** Called once when there is no room for the lock: it makes some, or throws. */
  onFull?: () => Promise<void>;
}

/** Who holds a lock. */
export interface Holder {
  /** For messages. */
  who: string;
  /** False: only its file can be seen. */
  isSeen: boolean;
}

/** Runs `section` while holding `path`. @throws STORE_LOCKED when another process does not let go in time. */
export async function withLock<T>(path: string, section: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const timeout = options.timeout ?? 120_000;
  const release = await takeLock(
    path,
    ({ who: owner }, waited) => {
      options.signal?.throwIfAborted();
      if (waited > timeout) throw imageErrors.STORE_LOCKED({ path, owner, seconds: Math.round(timeout / 1000) });
    },
    options.onFull,
  );
  try {
    return await section();
  } finally {
    await release();
  }
}

/**
 * @param onHeld called again and again while another holds it, with the milliseconds waited; it throws to give up
 * @param onFull called once when there is no room for it: it makes some, or throws
 * @returns lets go of it
 */
export async function takeLock(
  path: string,
  onHeld: (holder: Holder, waited: number) => void,
  onFull?: () => Promise<void>,
): Promise<() => Promise<void>> {
  const since = Date.now();
  let makeRoom = onFull;
  const take = async () => {
    try {
      return await createLock(path, processIdentity());
    } catch (cause) {
      if (!makeRoom || !isOutOfRoom(cause)) throw cause;
      await makeRoom();
      makeRoom = undefined;
      return await createLock(path, processIdentity());
    }
  };
  for (let attempt = 0; !(await take()); attempt++) {
    const holder = await holderOf(path);
    if (holder === 'dead') await breakLock(path);
    else {
      onHeld(holder, Date.now() - since);
      // Jitter keeps several waiters from asking in step.
      await sleep(Math.min(50, 2 + attempt * 2) * (0.5 + Math.random()));
    }
  }
  const signs = setInterval(() => {
    const now = new Date();
    lutimes(path, now, now).catch(() => undefined);
  }, signEvery).unref();
  return async () => {
    clearInterval(signs);
    // Somebody may have taken this process for dead.
    const held = await readLock(path).catch(() => undefined);
    if (held?.owner === processIdentity()) await rm(path, { force: true });
  };
}

async function holderOf(path: string): Promise<Holder | 'dead'> {
  try {
    const { owner, mtimeMs } = await readLock(path);
    const age = Date.now() - mtimeMs;
    const who = describeProcess(owner);
    // Created but not yet written, or its writer was killed in between.
    if (owner === '') return age > 5_000 ? 'dead' : { who, isSeen: true };
    const alive = isProcessAlive(owner);
    if (alive ?? age <= silence) return { who, isSeen: alive === true };
    return 'dead';
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { who: 'another process', isSeen: false };
    throw cause;
  }
}

async function breakLock(path: string): Promise<void> {
  const breaker = `${path}.break`;
  if (!(await createLock(breaker, processIdentity()))) {
    if ((await holderOf(breaker)) === 'dead') await rm(breaker, { force: true });
    else await sleep(5);
    return;
  }
  try {
    if ((await holderOf(path)) === 'dead') await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}
