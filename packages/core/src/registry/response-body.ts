/** The body of an answer: read as it comes, or with a limit, because a registry that never ends must not fill the memory. */
import type { IncomingMessage } from 'node:http';
import { imageErrors } from '../image/image-errors.js';
import { type ByteSink, drainInto } from '../store/byte-sink.js';
import type { RegistryResponse } from './exchange.js';
import { silent } from './retry.js';

/** The most a manifest may have (distribution specification), and what is taken of lists. */
export const documentLimit = 4 * 1024 * 1024;
/** Of an error's text nobody needs more; what is longer than this is not waited for to be thrown away either. */
const errorLimit = 16 * 1024;

/** The sink has what it wanted. */
const enough = new Error('enough');

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

/** @throws BLOB_TOO_LARGE, with `target` as its name, beyond 4 MiB */
export async function readDocument({ body, headers }: RegistryResponse, target: string): Promise<Buffer> {
  const tooLarge = (size: number) => imageErrors.BLOB_TOO_LARGE({ digest: target, size, limit: documentLimit });
  const announced = Number([headers['content-length']].flat()[0] ?? 0);
  if (announced > documentLimit) {
    body.discard();
    throw tooLarge(announced);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  await body.into((piece) => {
    size += piece.length;
    if (size > documentLimit) throw tooLarge(size);
    pieces.push(piece);
    return undefined;
  });
  return Buffer.concat(pieces);
}

/** The beginning of an error's text; the rest is not waited for, and a break in it does not matter. */
export async function readErrorText({ body }: RegistryResponse): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  await body
    .into((piece) => {
      pieces.push(piece);
      size += piece.length;
      if (size >= errorLimit) throw enough;
      return undefined;
    })
    // What has come has to do.
    .catch(() => undefined);
  return Buffer.concat(pieces).subarray(0, errorLimit).toString('utf8');
}
