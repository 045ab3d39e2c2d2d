/** Where bytes go as they arrive: a function, called for every piece, because promises for each would cost more than the bytes. */
import { finished, type Readable } from 'node:stream';

/** Takes a piece, which is not changed afterwards; undefined unless no more must come for now. What it throws ends the transfer. */
export type ByteSink = (bytes: Buffer) => Promise<void> | undefined;

/** All of a stream into a sink. @throws what the stream or the sink throws; the stream is destroyed then */
export async function drainInto(stream: Readable, sink: ByteSink): Promise<void> {
  let waiting: Promise<void> | undefined;
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: unknown) => {
      reject(cause);
      stream.destroy(cause as Error);
    };
    stream.on('data', (piece: Buffer) => {
      // Pieces that were on their way when the stream was ended.
      if (stream.destroyed) return;
      try {
        waiting = sink(piece);
      } catch (cause) {
        fail(cause);
        return;
      }
      if (!waiting) return;
      stream.pause();
      waiting.then(() => stream.resume(), fail);
    });
    // Knows also of a stream that has ended before.
    finished(stream, { writable: false }, (cause) => (cause ? reject(cause) : resolve()));
  });
  await waiting;
}
