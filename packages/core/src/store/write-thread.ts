/**
 * One thread that hashes and writes what the others receive, so that a transfer keeps the network and both cores busy.
 * Pieces move to it with their memory: nothing is copied, and no garbage is left to the thread that receives.
 */
import { Worker } from 'node:worker_threads';

/** Text, not a module: it runs from the sources as well as from what is compiled. */
const program = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { readSync, writevSync } = require('node:fs');
const hashes = new Map();
const actions = {
  takeIn({ fd, bytes }, hash) {
    const buffer = Buffer.allocUnsafe(Math.min(bytes, 1024 * 1024));
    for (let at = 0; at < bytes; ) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, bytes - at), at);
      if (count === 0) throw new Error('the file is shorter than it was');
      hash.update(buffer.subarray(0, count));
      at += count;
    }
  },
  write({ fd, pieces, position }, hash) {
    for (const piece of pieces) hash.update(piece);
    while (pieces.length > 0) {
      let written = writevSync(fd, pieces, position);
      position += written;
      while (pieces.length > 0 && written >= pieces[0].length) written -= pieces.shift().length;
      if (written > 0) pieces[0] = pieces[0].subarray(written);
    }
  },
  digest({ id }, hash) {
    hashes.delete(id);
    return hash.digest('hex');
  },
  drop({ id }) {
    hashes.delete(id);
  },
};
parentPort.on('message', ({ action, call, ...rest }) => {
  const hash = hashes.get(rest.id) ?? createHash('sha256');
  hashes.set(rest.id, hash);
  try {
    parentPort.postMessage({ call, result: actions[action](rest, hash) });
  } catch ({ message, code }) {
    parentPort.postMessage({ call, failure: { message, code } });
  }
});
`;

type Action =
  | { action: 'takeIn'; id: number; fd: number; bytes: number }
  | { action: 'write'; id: number; fd: number; pieces: Uint8Array[]; position: number }
  | { action: 'digest' | 'drop'; id: number };

interface Answer {
  call: number;
  result?: string;
  failure?: { message: string; code: string | undefined };
}

let worker: Worker | undefined;
let calls = 0;
const waiting = new Map<number, { resolve: (result: string | undefined) => void; reject: (cause: unknown) => void }>();

/** Carried out in order. Pieces of a write must fill their memory, which is gone here afterwards. @throws what the file met */
export async function inWriteThread(action: Action): Promise<string | undefined> {
  const call = ++calls;
  worker ??= start();
  const memory = action.action === 'write' ? action.pieces.map((piece) => piece.buffer as ArrayBuffer) : [];
  worker.postMessage({ ...action, call }, memory);
  // What is waited for keeps the process alive, and nothing else does.
  worker.ref();
  return await new Promise((resolve, reject) => waiting.set(call, { resolve, reject }));
}

function start(): Worker {
  const started = new Worker(program, { eval: true });
  started.on('message', ({ call, result, failure }: Answer) => {
    const answered = waiting.get(call);
    waiting.delete(call);
    if (waiting.size === 0) started.unref();
    if (failure) answered?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
    else answered?.resolve(result);
  });
  started.on('error', (cause) => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(cause);
    waiting.clear();
  });
  return started;
}
