/** A transfer as a stream, for readers that want one: it runs as fast as it is read, and ends with an error when the digest is wrong. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import type { ByteSink } from '../store/byte-sink.js';

/**
 * @param transfer is begun with the first read, and aborted when the stream is destroyed
 * @param source for messages
 */
export function verifiedStream(
  digest: Digest,
  source: string,
  signal: AbortSignal | undefined,
  transfer: (sink: ByteSink, signal: AbortSignal) => Promise<void>,
): Readable {
  const stopped = new AbortController();
  const hash = createHash('sha256');
  let resume: (() => void) | undefined;
  const sink: ByteSink = (bytes) => {
    hash.update(bytes);
    if (stream.push(bytes)) return undefined;
    return new Promise((resolve) => {
      resume = resolve;
    });
  };
  const run = async () => {
    await transfer(sink, signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal);
    const actual = `sha256:${hash.digest('hex')}`;
    if (actual !== digest) throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual, source });
    stream.push(null);
  };
  let begun = false;
  const stream = new Readable({
    read() {
      if (!begun) run().catch((cause) => stream.destroy(cause));
      begun = true;
      resume?.();
      resume = undefined;
    },
    destroy(cause, done) {
      stopped.abort(cause ?? new Error('nobody reads any more'));
      resume?.();
      done(cause);
    },
  });
  return stream;
}
