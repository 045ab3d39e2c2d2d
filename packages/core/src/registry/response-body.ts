/** The body of an answer, read as it comes. */
import type { IncomingMessage } from 'node:http';
import { type ByteSink, drainInto } from '../store/byte-sink.js';
import { silent } from './retry.js';

/** Of an error's text nobody needs more; what is longer than this is not waited for to be thrown away either. */
export const errorLimit = 16 * 1024;

/** The sink has what it wanted. */
export const enough = new Error('enough');

export class ResponseBody {
  readonly #message: IncomingMessage;
  readonly #silence: number;

  /** @param silence milliseconds without a byte after which the connection counts as broken */
  constructor(message: IncomingMessage, silence: number) {
    this.#message = message;
    this.#silence = silence;
    // Whoever reads is told; nobody else has to be.
    message.on('error', () => undefined);
  }

  /** All of it. @throws what the connection or the sink met */
  async into(sink: ByteSink): Promise<void> {
    let sinkIsBusy = false;
    const timer = setTimeout(() => {
      if (sinkIsBusy) timer.refresh();
      else this.#message.destroy(silent());
    }, this.#silence);
    try {
      await drainInto(this.#message, (bytes) => {
        timer.refresh();
        const wait = sink(bytes);
        if (!wait) return undefined;
        sinkIsBusy = true;
        return wait.finally(() => {
          sinkIsBusy = false;
          timer.refresh();
        });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads a short body to its end, so that the connection can be used again; a break in it does not matter. */
  async dump(): Promise<void> {
    let size = 0;
    await this.into((bytes) => {
      size += bytes.length;
      if (size > errorLimit) throw enough;
      return undefined;
    }).catch(() => undefined);
  }

  /** Ends it, and the connection with it. */
  discard(): void {
    this.#message.destroy();
  }
}
