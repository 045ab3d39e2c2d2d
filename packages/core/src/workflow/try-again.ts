/**
 * One policy for calls that may be made again without harm: what restarts, or is not there yet, is asked until it
 * answers, for as long as a step's time allows. Not for calls that would do something a second time.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds a step waits for what it needs, unless it says otherwise. */
export const stepPatience = 300_000;
/** Milliseconds between two tries: the first, doubled each time, up to the longest. */
const firstPause = 250;
const longestPause = 3_000;

export interface TryAgainOptions {
  /** Whether a failure may pass by itself. */
  passes: (cause: unknown) => boolean;
  signal?: AbortSignal | undefined;
  /** Milliseconds, default `stepPatience`. */
  limit?: number | undefined;
  /** Told once, at the first failure that may pass. */
  onWait?: ((cause: unknown) => void) | undefined;
}

/** @throws the last failure */
export async function tryAgain<T>(call: () => Promise<T>, options: TryAgainOptions): Promise<T> {
  const { passes, signal, onWait, limit = stepPatience } = options;
  const until = Date.now() + limit;
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (cause) {
      signal?.throwIfAborted();
      const pause = Math.min(firstPause * 2 ** (failures - 1), longestPause) * (0.75 + Math.random() / 2);
      if (!passes(cause) || Date.now() + pause > until) throw cause;
      if (failures === 1) onWait?.(cause);
      await sleep(pause, undefined, signal ? { signal } : {});
    }
  }
}
