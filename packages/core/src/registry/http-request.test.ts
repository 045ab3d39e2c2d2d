import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sendRequest } from './http-request.js';

/**
 * Answers as soon as it is written to, and tells so many ticks later that this has gone. node:http writes nothing at the
 * end, to hear when all is gone: a tunnel takes its time for that too.
 */
class EarlyAnswer extends Duplex {
  constructor(private readonly ticks: number) {
    super();
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: unknown, done: () => void): void {
    if (chunk.length === 0) return void setTimeout(done, 5);
    this.push('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    const wait = (left: number) => (left > 0 ? process.nextTick(wait, left - 1) : done());
    wait(this.ticks);
  }
  ref(): void {}
  unref(): void {}
  setKeepAlive(): void {}
  setNoDelay(): void {}
  setTimeout(): void {}
}

test.each([0, 1, 4, 16])(
  'a connection is free once, however late the end of writing is told of: %d ticks',
  async (ticks) => {
    const stream = new EarlyAnswer(ticks);
    let free = 0;
    stream.on('free', () => free++);
    const agent = Object.assign(new Agent({ keepAlive: true }), {
      createConnection: () => stream as unknown as Socket,
    });
    const silence = { headers: 1000, body: 1000 };
    const request = { method: 'POST', headers: { 'content-length': '3' }, body: 'abc', silence };
    const { body } = await sendRequest(new URL('http://registry.example/'), { agent, tls: {} }, request);
    await body.dump();
    await sleep(15);
    expect(free).toBe(1);
    agent.destroy();
  },
);
