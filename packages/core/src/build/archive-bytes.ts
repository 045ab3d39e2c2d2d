/** The tar inside a file, recognised by its first bytes: plain, or compressed by gzip, bzip2, xz or zstd. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { isProgramFailure, isProgramMissing, saidBy } from '../program/program-errors.js';
import { outputOf } from '../program/program-output.js';
import { startProgram } from '../program/start-program.js';
import { rootfsErrors } from '../rootfs/rootfs-errors.js';

interface Compression {
  magic: Buffer;
  /** A program of this machine, where Node has no own way, and its package. */
  program?: [name: string, packageName: string];
}

const compressions: readonly Compression[] = [
  { magic: Buffer.from([0x1f, 0x8b]) },
  { magic: Buffer.from('BZh'), program: ['bzip2', 'bzip2'] },
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), program: ['xz', 'xz-utils'] },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), program: ['zstd', 'zstd'] },
];

/** Where uncompressing failed. */
export class CompressionError extends Error {}

/** Of any file: whether a tar comes out shows when it is read. @throws ROOTFS_TOOL_MISSING, CompressionError */
export async function* archiveBytes(path: string): AsyncGenerator<Buffer> {
  const head = await headOf(path, 6);
  const found = compressions.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
  if (!found) yield* createReadStream(path) as AsyncIterable<Buffer>;
  else if (found.program) yield* fromProgram(path, ...found.program);
  else {
    const file = createReadStream(path);
    const plain = createGunzip({ chunkSize: 256 * 1024 });
    file.on('error', (cause) => plain.destroy(cause));
    try {
      yield* file.pipe(plain) as AsyncIterable<Buffer>;
    } catch (cause) {
      if (!(cause as NodeJS.ErrnoException).code?.startsWith('Z_')) throw cause;
      throw new CompressionError(`it cannot be uncompressed: ${(cause as Error).message}`);
    } finally {
      file.destroy();
      plain.destroy();
    }
  }
}

async function headOf(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function* fromProgram(path: string, tool: string, packageName: string): AsyncGenerator<Buffer> {
  const program = await startProgram([tool, '-dc']).catch((cause: Error) => {
    if (!isProgramMissing(cause)) throw cause;
    throw rootfsErrors.ROOTFS_TOOL_MISSING({ tool, needed: `unpacking ${path}`, package: packageName }, { cause });
  });
  try {
    yield* outputOf(program, { input: createReadStream(path) as AsyncIterable<Buffer> });
  } catch (cause) {
    if (!isProgramFailure(cause)) throw cause;
    throw new CompressionError(`it cannot be uncompressed: ${saidBy(cause)}`);
  }
}
