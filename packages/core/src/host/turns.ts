/** A queue of those who wait for something to become free. */
export class Turns {
  readonly #waiting = new Set<() => void>();

  /** False when it did not come within `limit` milliseconds. Rejects when the signal is aborted. */
  async next(limit: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    return await new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        this.#waiting.delete(go);
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        then();
      };
      const go = () => settle(() => resolve(true));
      const stop = () => settle(() => reject(signal?.reason));
      const timer = limit === undefined ? undefined : setTimeout(() => settle(() => resolve(false)), limit);
      signal?.addEventListener('abort', stop, { once: true });
      this.#waiting.add(go);
    });
  }

  /** Lets the one go that waits longest. */
  one(): void {
    const [first] = this.#waiting;
    first?.();
  }

  all(): void {
    for (const go of [...this.#waiting]) go();
  }
}
