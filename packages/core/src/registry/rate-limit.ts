/** Registries that ask to come back later: nobody asks them anything before, and the user learns what is waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emit } from '../events/events.js';
import { registryErrors } from './registry-errors.js';

/** Longer waits are for the user to decide. Milliseconds. */
export const longestWait = 10 * 60_000;
/** Shorter ones are not worth a word. */
const worthTelling = 1_000;

export class RateLimit {
  readonly #registry: string;
  readonly #emit: Emit | undefined;
  /** Milliseconds since 1970. */
  #until = 0;

  constructor(registry: string, emit: Emit | undefined) {
    this.#registry = registry;
    this.#emit = emit;
  }

  /** Takes in that the registry wants `wait` milliseconds without requests. @throws REGISTRY_RATE_LIMITED beyond ten minutes */
  pause(wait: number, status: number): void {
    const seconds = Math.ceil(wait / 1000);
    if (wait > longestWait) throw registryErrors.REGISTRY_RATE_LIMITED({ registry: this.#registry, seconds });
    const until = Date.now() + wait;
    // Requests that were on their way are refused as well; they do not make a new wait.
    if (wait >= worthTelling && until > this.#until + worthTelling)
      this.#emit?.({
        type: 'message',
        level: 'warning',
        code: 'REGISTRY_RATE_LIMITED',
        text: `registry ${this.#registry} answered with status ${status} and asks to wait ${seconds} s: going on then`,
      });
    this.#until = Math.max(this.#until, until);
  }

  /** Resolves when requests are welcome. */
  async wait(signal?: AbortSignal): Promise<void> {
    for (let left = this.#until - Date.now(); left > 0; left = this.#until - Date.now())
      await sleep(left, undefined, signal ? { signal } : {});
  }
}
