/** Adds a line to a file that grows: all of it, or nothing. */
import { type FileHandle, open } from 'node:fs/promises';
import { atPath } from '../errors/file-system-error.js';

/** One write, so that concurrent processes do not disturb each other. @throws DISK_FULL and the like; the file is as it was then */
export async function appendLine(path: string, line: string, mode: number): Promise<void> {
  await atPath(path, async () => {
    const file = await open(path, 'a+', mode);
    const bytes = Buffer.from(`${line}\n`);
    let written = 0;
    try {
      while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
    } catch (cause) {
      await takeBack(file, bytes.subarray(0, written)).catch(() => undefined);
      throw cause;
    } finally {
      await file.close();
    }
  });
}

/** A full disk may have taken the beginning. Unless somebody else has written behind it. */
async function takeBack(file: FileHandle, piece: Buffer): Promise<void> {
  if (piece.length === 0) return;
  const start = (await file.stat()).size - piece.length;
  const { buffer } = await file.read(Buffer.alloc(piece.length), 0, piece.length, start);
  if (buffer.equals(piece)) await file.truncate(start);
}
