/** Build contexts of a given size: half random bytes, a quarter text, a quarter machine code. The same on every machine but for the code. */
import { createCipheriv } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const piece = 8 * 1024 * 1024;
const words =
  'apiVersion kind metadata name namespace labels spec replicas selector template containers image ports the a of to cluster node master'.split(
    ' ',
  );

/** @param options.bytes in all @param options.files how many @returns folder */
export function makeContext(folder, { bytes, files }) {
  if (existsSync(join(folder, '.complete'))) return folder;
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const random = (size) => stream.update(Buffer.alloc(size));
  const code = process.execPath;
  const codeSize = statSync(code).size;
  const input = openSync(code, 'r');
  let at = 0;
  const program = (size) => {
    const buffer = Buffer.alloc(size);
    for (let done = 0; done < size; ) {
      done += readSync(input, buffer, done, Math.min(size - done, codeSize - at), at);
      at = (at + 1_000_003) % (codeSize - 1);
    }
    return buffer;
  };
  const text = (size) => {
    const picks = random(Math.ceil(size / 4));
    const pieces = [];
    for (let length = 0, index = 0; length < size; index++) {
      const word = words[picks[index % picks.length] % words.length];
      pieces.push(word, index % 9 === 8 ? '\n' : ' ');
      length += word.length + 1;
    }
    return Buffer.from(pieces.join('')).subarray(0, size);
  };
  const size = Math.floor(bytes / files);
  for (let index = 0; index < files; index++) {
    const directory = join(work, `d${index % 40}`, `e${index % 7}`);
    mkdirSync(directory, { recursive: true });
    const make = [random, text, random, program][index % 4];
    const path = join(directory, `f${index}`);
    for (let done = 0; done < size; done += piece) appendFileSync(path, make(Math.min(piece, size - done)));
  }
  closeSync(input);
  writeFileSync(join(work, 'Kubefile'), 'FROM scratch\nCOPY . .\n');
  writeFileSync(join(work, 'Dockerfile'), 'FROM scratch\nCOPY . .\n');
  writeFileSync(join(work, '.complete'), '');
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
  return folder;
}

/** Reads every file once, so that no program pays for the disk. */
export function warm(folder, files) {
  for (let index = 0; index < files; index++)
    readFileSync(join(folder, `d${index % 40}`, `e${index % 7}`, `f${index}`));
}
