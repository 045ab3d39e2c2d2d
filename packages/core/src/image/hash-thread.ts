/**
 * Hashes large files in a thread of its own while they are written, so that a download keeps the network and both cores
 * busy. The thread reads what was written: the digest is of the file, not of what was meant to be in it.
 */
import { Worker } from 'node:worker_threads';
import type { Digest } from './descriptor.js';

/** Text, not a module: it runs from the sources as well as from what is compiled. */
const program = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { closeSync, openSync, readSync } = require('node:fs');
const files = new Map();
const buffer = Buffer.allocUnsafe(1024 * 1024);
function follow({ id, path, end, last }) {
  let file = files.get(id);
  if (!file) files.set(id, (file = { fd: openSync(path, 'r'), hash: createHash('sha256'), at: 0 }));
  while (file.at < end) {
    const count = readSync(file.fd, buffer, 0, Math.min(buffer.length, end - file.at), file.at);
    if (count === 0) throw new Error('the file is shorter than what was written');
    file.hash.update(buffer.subarray(0, count));
    file.at += count;
  }
  if (last) parentPort.postMessage({ id, hex: file.hash.digest('hex') });
}
parentPort.on('message', (message) => {
  try {
    if (!message.dropped) follow(message);
  } catch (cause) {
    parentPort.postMessage({ id: message.id, reason: cause.message });
    message.dropped = true;
  }
  const file = message.last || message.dropped ? files.get(message.id) : undefined;
  if (!file) return;
  files.delete(message.id);
  closeSync(file.fd);
});
`;

interface Answer {
  id: number;
  hex?: string;
  reason?: string;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, (answer: Answer) => void>();

function thread(): Worker {
  if (worker) return worker;
  worker = new Worker(program, { eval: true });
  worker.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
    if (waiting.size === 0) worker?.unref();
  });
  worker.unref();
  return worker;
}

export class FileHash {
  readonly #id = ++lastId;
  readonly #path: string;
  #end = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The file holds all bytes up to `end`. */
  upTo(end: number): void {
    this.#end = end;
    thread().postMessage({ id: this.#id, path: this.#path, end });
  }

  /** Of all bytes so far. Once, at the end. */
  async digest(): Promise<Digest> {
    const { hex, reason } = await new Promise<Answer>((resolve) => {
      waiting.set(this.#id, resolve);
      // What is waited for keeps the process alive.
      thread().ref();
      thread().postMessage({ id: this.#id, path: this.#path, end: this.#end, last: true });
    });
    if (hex === undefined) throw new Error(`${this.#path} cannot be read back: ${reason}`);
    return `sha256:${hex}`;
  }

  /** Nobody wants the digest any more. */
  drop(): void {
    worker?.postMessage({ id: this.#id, dropped: true });
  }
}
