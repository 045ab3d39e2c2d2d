/** zstd through its own program: Node 20 has none. A child reads and writes streams; its failure is the stream's. */
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { imageErrors } from '../image/image-errors.js';

/** @throws (as the stream's error) ARCHIVE_UNSUPPORTED when the program is missing or fails */
export function zstdStream(direction: 'compress' | 'decompress', archive: string): Duplex {
  const words = direction === 'compress' ? ['-q', '-c', '-T0', '-3'] : ['-q', '-d', '-c'];
  const child = spawn('zstd', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-500);
  });
  const failed = (reason: string) =>
    imageErrors.ARCHIVE_UNSUPPORTED({ archive, seen: `compressed by zstd, and the program zstd ${reason}` });
  const stream = Duplex.from({ writable: child.stdin, readable: closing() });
  child.once('error', (cause: NodeJS.ErrnoException) =>
    stream.destroy(failed(cause.code === 'ENOENT' ? 'is not installed' : `cannot be started: ${cause.message}`)),
  );
  stream.once('close', () => child.kill());
  return stream;

  /** Ends only when the program has ended well: a cut archive must not look whole. */
  async function* closing(): AsyncGenerator<Buffer> {
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    yield* child.stdout as AsyncIterable<Buffer>;
    const code = await ended;
    if (code !== 0) throw failed(`says: ${said.trim() || `code ${code}`}`);
  }
}
