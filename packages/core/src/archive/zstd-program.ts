/** zstd through its own program: Node 20 has none. A child reads and writes streams; its failure is the stream's. */
import { Duplex } from 'node:stream';
import { imageErrors } from '../image/image-errors.js';
import { endText, isProgramFailure, isProgramMissing } from '../program/program-errors.js';
import { outputOf } from '../program/program-output.js';
import { startProgram } from '../program/start-program.js';

/** @throws ARCHIVE_UNSUPPORTED when the program is missing; as the stream's error, when it fails */
export async function zstdStream(direction: 'compress' | 'decompress', archive: string): Promise<Duplex> {
  const words = direction === 'compress' ? ['-q', '-c', '-T0', '-3'] : ['-q', '-d', '-c'];
  const failed = (reason: string) =>
    imageErrors.ARCHIVE_UNSUPPORTED({ archive, seen: `compressed by zstd, and the program zstd ${reason}` });
  const program = await startProgram(['zstd', ...words]).catch((cause: Error) => {
    throw failed(isProgramMissing(cause) ? 'is not installed' : `cannot be started: ${cause.message}`);
  });
  const stream = Duplex.from({ writable: program.stdin, readable: output() });
  stream.once('close', () => program.kill());
  return stream;

  /** Ends only when the program has ended well: a cut archive must not look whole. */
  async function* output(): AsyncGenerator<Buffer> {
    try {
      yield* outputOf(program, { fedElsewhere: true });
    } catch (cause) {
      if (!isProgramFailure(cause)) throw cause;
      throw failed(`says: ${cause.stderr.trim().slice(-500) || endText(cause.end)}`);
    }
  }
}
