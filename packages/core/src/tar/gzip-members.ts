/**
 * gzip as a series of independent members of fixed input size (RFC 1952 section 2.2: members may simply follow each
 * other), compressed side by side in libuv's threads. The same bytes in give the same bytes out, however many threads
 * there are. docs/decisions/0001-layer-compression.md says why.
 */
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';

const gzip = promisify(gzipCallback);

/** Input bytes a member. */
export const memberSize = 4 * 1024 * 1024;
const level = 1;
const sampleSize = 64 * 1024;
/** Members in flight: bounds memory to about twice this many members. */
const ahead = 6;

async function compressMember(bytes: Buffer): Promise<Buffer> {
  // What does not shrink is stored: three times faster, and no larger.
  const middle = Math.max(0, Math.floor((bytes.length - sampleSize) / 2));
  const sample = bytes.subarray(middle, middle + sampleSize);
  const shrinks = (await gzip(sample, { level })).length < sample.length * 0.97;
  return gzip(bytes, { level: shrinks ? level : 0, chunkSize: 1024 * 1024 });
}

/** Compressed pieces in order. Members are gathered in a few buffers that are used again: collecting garbage took longer. */
export async function* gzipMembers(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const running: Promise<Buffer>[] = [];
  const free: Buffer[] = [];
  const start = (buffer: Buffer, length: number) => {
    const member = compressMember(buffer.subarray(0, length)).finally(() => free.push(buffer));
    member.catch(() => undefined);
    running.push(member);
  };
  let buffer: Buffer | undefined;
  let size = 0;
  for await (const chunk of input)
    for (let at = 0; at < chunk.length; ) {
      buffer ??= free.pop() ?? Buffer.allocUnsafeSlow(memberSize);
      const copied = chunk.copy(buffer, size, at);
      at += copied;
      size += copied;
      if (size < memberSize) continue;
      start(buffer, size);
      buffer = undefined;
      size = 0;
      if (running.length >= ahead) yield await (running.shift() as Promise<Buffer>);
    }
  if (buffer && size) start(buffer, size);
  for (const member of running) yield await member;
}
