import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { drainInto } from './byte-sink.js';

test('no piece comes while the sink is busy, and the end waits for it', async () => {
  const seen: string[] = [];
  await drainInto(Readable.from(['a', 'b', 'c']), async (piece) => {
    seen.push(`+${piece}`);
    await sleep(5);
    seen.push(`-${piece}`);
  });
  expect(seen).toEqual(['+a', '-a', '+b', '-b', '+c', '-c']);
});

test.each([
  [
    'at once',
    () => {
      throw new Error('full');
    },
  ],
  [
    'later',
    async () => {
      await sleep(1);
      throw new Error('full');
    },
  ],
])('what a sink throws %s ends the stream', async (_when, sink) => {
  const stream = Readable.from(['a', 'b', 'c']);
  await expect(drainInto(stream, sink)).rejects.toThrow('full');
  expect(stream.destroyed).toBe(true);
});

test('a stream that fails, is closed, or was closed before, is an error', async () => {
  const failing = new Readable({
    read() {
      this.destroy(new Error('cut'));
    },
  });
  await expect(drainInto(failing, () => undefined)).rejects.toThrow('cut');
  const closed = new Readable({
    read() {
      this.destroy();
    },
  });
  await expect(drainInto(closed, () => undefined)).rejects.toThrow(/close/i);
  await expect(drainInto(closed, () => undefined)).rejects.toThrow(/close/i);
});
