/**
 * Reads a tar stream entry by entry (POSIX pax, ustar, GNU long names), pulled by the consumer. Strict where an image
 * archive must be: checksums, no silent end. (tar-stream pushes, and hands a truncation to whoever reads the entry.)
 */
export interface TarEntry {
  /** As written in the archive. */
  name: string;
  type: 'file' | 'directory' | 'symlink' | 'link' | 'other';
  size: number;
  /** Where in the archive its headers begin, and where its bytes do. */
  start: number;
  offset: number;
  linkname: string;
  /** The header block itself, for what is not named above. */
  header: Buffer;
  /** pax records by key, as bytes; GNU long names are under `path` and `linkpath`. */
  records: ReadonlyMap<string, Buffer>;
  /** The blocks before the content as they are in the archive, extended headers included: what a copy begins with. */
  headers: Buffer;
  /** The bytes; what is left unread is skipped when the next entry is asked for. */
  content: AsyncGenerator<Buffer>;
}

/** What is wrong with the archive; callers put the archive's name to it. */
export class TarError extends Error {}

const block = 512;
/** Long names and pax records; more would be an attack. */
const longHeaderLimit = 1024 * 1024;
const types: Record<string, TarEntry['type']> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};

/** @throws TarError */
export async function* readTar(bytes: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const input = new ByteReader(bytes);
  let records = new Map<string, Buffer>();
  let start = 0;
  let blocks: Buffer[] = [];
  for (;;) {
    const header = await input.exactly(block, 'a header');
    if (header.every((byte) => byte === 0)) break;
    checkSum(header);
    blocks.push(header);
    const flag = header.toString('latin1', 156, 157);
    if ('xgLK'.includes(flag)) {
      const size = numberAt(header, 124, 12);
      const long = await readLong(input, size);
      blocks.push(long);
      const text = long.subarray(0, size);
      if (flag === 'L') records.set('path', beforeNul(text));
      else if (flag === 'K') records.set('linkpath', beforeNul(text));
      else if (flag === 'x') for (const [key, value] of paxRecords(text)) records.set(key, value);
      continue;
    }
    const size = sizeIn(records) ?? numberAt(header, 124, 12);
    const type = types[flag] ?? 'other';
    // Links and folders have no content, whatever the size says.
    let left = type === 'file' || type === 'other' ? size : 0;
    const padding = (block - (left % block)) % block;
    const content = (async function* () {
      while (left > 0) {
        const piece = await input.upTo(left);
        if (!piece) throw new TarError(`it is cut off, ${left} bytes before the end of an entry`);
        left -= piece.length;
        yield piece;
      }
    })();
    yield {
      name: records.get('path')?.toString('utf8') ?? nameAt(header),
      type,
      size: left,
      start,
      offset: input.position,
      linkname: records.get('linkpath')?.toString('utf8') ?? textAt(header, 157, 100),
      header,
      records,
      headers: Buffer.concat(blocks),
      content,
    };
    while (left > 0) {
      const piece = await input.upTo(left);
      if (!piece) throw new TarError(`it is cut off, ${left} bytes before the end of an entry`);
      left -= piece.length;
    }
    await input.exactly(padding, 'padding');
    records = new Map();
    start = input.position;
    blocks = [];
  }
  // To the end, so that a compressed stream's own check is done.
  while (await input.upTo(1024 * 1024));
}

/** Bytes of a stream in the amounts that are asked for. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #current: Buffer = Buffer.alloc(0);
  /** Bytes given so far. */
  position = 0;

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** The next bytes, at most `most`; undefined at the end. */
  async upTo(most: number): Promise<Buffer | undefined> {
    while (this.#current.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.#current = value;
    }
    const piece = this.#current.subarray(0, most);
    this.#current = this.#current.subarray(piece.length);
    this.position += piece.length;
    return piece;
  }

  async exactly(length: number, what: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const piece = await this.upTo(left);
      if (!piece) throw new TarError(`it is cut off: ${what} is missing`);
      pieces.push(piece);
      left -= piece.length;
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }
}

/** With the padding up to whole blocks. */
async function readLong(input: ByteReader, size: number): Promise<Buffer> {
  if (size > longHeaderLimit) throw new TarError(`an extended header has ${size} bytes`);
  return await input.exactly(Math.ceil(size / block) * block, 'an extended header');
}

function beforeNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** pax records: `<length> <key>=<value>\n`; the length counts bytes. */
function* paxRecords(bytes: Buffer): Generator<[string, Buffer]> {
  let rest = bytes;
  while (rest.length > 0) {
    const space = rest.indexOf(' ');
    const length = Number(rest.toString('latin1', 0, Math.max(space, 0)));
    if (!(length > space + 1) || length > rest.length) throw new TarError('a pax record is damaged');
    const record = rest.subarray(space + 1, length - 1);
    const equals = record.indexOf('=');
    yield [record.toString('utf8', 0, equals), record.subarray(equals + 1)];
    rest = rest.subarray(length);
  }
}

function sizeIn(records: ReadonlyMap<string, Buffer>): number | undefined {
  const text = records.get('size');
  if (!text) return undefined;
  const size = Number(text);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarError('a pax record has no valid size');
  return size;
}

function checkSum(header: Buffer): void {
  let sum = 8 * 32;
  for (let at = 0; at < block; at++) if (at < 148 || at >= 156) sum += header[at] as number;
  if (sum !== numberAt(header, 148, 8))
    throw new TarError('a header has a wrong checksum: it is not a tar archive, or damaged');
}

/** Octal text, or base-256 when the first bit is set (GNU, for sizes of 8 GiB and more). */
export function numberAt(header: Buffer, start: number, length: number): number {
  const first = header[start] as number;
  if (first & 0x80) {
    let value = first & 0x7f;
    for (let at = start + 1; at < start + length; at++) value = value * 256 + (header[at] as number);
    if (!Number.isSafeInteger(value)) throw new TarError('a header has an impossible number');
    return value;
  }
  const text = textAt(header, start, length).trim();
  const value = text === '' ? 0 : Number.parseInt(text, 8);
  if (!Number.isSafeInteger(value) || value < 0) throw new TarError('a header has a field that is not a number');
  return value;
}

function nameAt(header: Buffer): string {
  const name = textAt(header, 0, 100);
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textAt(header, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

function textAt(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}
