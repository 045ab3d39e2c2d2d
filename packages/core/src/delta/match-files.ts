/** Matches two files (parts of larger ones) and bounds what that takes: windows of large files, a child for all but small ones. */
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { askModule } from '../program/ask-module.js';
import { type Match, matchBytes } from './match-bytes.js';

export interface FilePart {
  path: string;
  at: number;
  size: number;
}

export interface MatchJob {
  before: FilePart;
  after: FilePart;
}

/** Bytes of the new file at a time; of the old file twice as many around the same place. */
const window = 128 * 1024 * 1024;
/** Files up to this size are matched in this process: starting another takes longer, and their memory is no matter. */
const smallJob = 4 * 1024 * 1024;

/** Every byte of `after` is in exactly one row; distances are between the parts' own beginnings. */
export async function matchFiles(job: MatchJob, signal?: AbortSignal): Promise<Match[]> {
  if (Math.max(job.before.size, job.after.size) <= smallJob) return await matchHere(job);
  return await matchInChild(job, signal);
}

/** @param size of a window, for tests */
export async function matchHere({ before, after }: MatchJob, size = window): Promise<Match[]> {
  const rows: Match[] = [];
  for (let at = 0; at < after.size; at += size) {
    const end = Math.min(at + size, after.size);
    const around = before.size <= 2 * size ? 0 : Math.min(Math.max(0, at - size / 2), before.size - 2 * size);
    const old = await readPart(before, around, Math.min(2 * size, before.size));
    const fresh = await readPart(after, at, end - at);
    for (const row of matchBytes(old, fresh))
      rows.push({ start: row.start + at, length: row.length, distance: row.distance + around - at });
  }
  return rows;
}

async function readPart({ path, at }: FilePart, from: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(buffer, done, length - done, at + from + done);
      if (bytesRead === 0) throw new Error(`${path} is shorter than it was written`);
      done += bytesRead;
    }
    return buffer;
  } finally {
    await file.close();
  }
}

/** Three numbers a row, which is a tenth of the objects' size on the way. */
export function packRows(rows: readonly Match[]): Float64Array {
  return Float64Array.from(rows.flatMap(({ start, distance, length }) => [start, distance, length]));
}

function unpackRows(numbers: Float64Array): Match[] {
  const rows: Match[] = [];
  for (let at = 0; at < numbers.length; at += 3) {
    const [start = 0, distance = 0, length = 0] = numbers.subarray(at, at + 3);
    rows.push({ start, distance, length });
  }
  return rows;
}

async function matchInChild(job: MatchJob, signal?: AbortSignal): Promise<Match[]> {
  const script = fileURLToPath(new URL('./match-process.js', import.meta.url));
  return unpackRows(await askModule<Float64Array>(script, job, signal));
}
