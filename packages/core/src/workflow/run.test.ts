/** Scheduler, step runner and journal together, as a run uses them, on fake hosts. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SealerApi } from '../plugin/contract.js';
import { type RunTapsOptions, runTaps } from '../testing/run-taps.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { Journal } from './journal.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(() => folder[Symbol.asyncDispose]());

const run = (apply: (sealer: SealerApi) => void, options: RunTapsOptions = {}) => runTaps(folder.path, apply, options);

/** A step that notes that it ran. */
function noting(
  log: string[],
  sealer: SealerApi,
  phase: 'preInitHost' | 'prepareNode' | 'postInitHost',
  fail?: string,
): void {
  sealer.hooks[phase].tap(phase, (ctx, host) =>
    ctx.step(`note ${phase}`, {
      host,
      check: async () => false,
      run: async () => {
        log.push(`${phase} ${host.name}`);
        if (fail === host.name) throw new Error('broken');
      },
    }),
  );
}

test('a worker that fails takes no further part, and the others go on', async () => {
  const log: string[] = [];
  const result = await run((sealer) => {
    noting(log, sealer, 'preInitHost', '10.0.0.2');
    noting(log, sealer, 'postInitHost');
  });
  expect(log).toContain('postInitHost 10.0.0.1');
  expect(log).toContain('postInitHost 10.0.0.3');
  expect(log).not.toContain('postInitHost 10.0.0.2');
  expect(result.failures).toMatchObject([{ host: '10.0.0.2', phase: 'pre-init-host' }]);
  // Whose step it was, where, and what was wrong.
  expect(result.failures[0]?.error.message).toMatch(/test-plugin.*10\.0\.0\.2.*broken/);
});

test('a master that fails stops the run', async () => {
  const log: string[] = [];
  const result = await run((sealer) => {
    noting(log, sealer, 'preInitHost', '10.0.0.1');
    noting(log, sealer, 'postInitHost');
  });
  expect(log.filter((line) => line.startsWith('postInitHost'))).toEqual([]);
  expect(result.failures).toHaveLength(1);
});

test('what holds is not run; what runs without a check is remembered by its key', async () => {
  const log: string[] = [];
  const result = await run((sealer) =>
    sealer.hooks.preInitHost.tap('x', (ctx, host) => [
      ctx.step('holds', { host, check: async () => true, run: async () => void log.push('never') }),
      ctx.step('runs', { host, key: 1, run: async () => void log.push(host.name) }),
    ]),
  );
  expect(log.sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  expect(result).toMatchObject({ done: 3, skipped: 3, failures: [] });
});

test('a value is made once, when and only when somebody needs it', async () => {
  let made = 0;
  const seen: string[] = [];
  const tap = (holds: boolean) => (sealer: SealerApi) => {
    sealer.hooks.joinWorker.tap('join', (ctx, host) =>
      [
        ctx.output('token', 'Make a token', {
          host: ctx.master0,
          run: async () => {
            made += 1;
            return { value: `t${made}` };
          },
        }),
        ctx.step('join', {
          host,
          check: async () => holds,
          needs: ['token'],
          run: async (_host, io) => void seen.push(String(io.output('token').value)),
        }),
      ].slice(host.name === '10.0.0.2' ? 0 : 1),
    );
  };
  await run(tap(true));
  expect(made).toBe(0);
  await run(tap(false));
  expect(seen).toEqual(['t1', 't1']);
});

test('a step that was begun and not ended is taken back before it is run again', async () => {
  const log: string[] = [];
  const apply = (fail: boolean) => (sealer: SealerApi) =>
    sealer.hooks.initControlPlane.tap('x', (ctx) =>
      ctx.step('init', {
        check: async () => false,
        run: async () => {
          log.push('run');
          if (fail) throw new Error('half-way');
        },
        undo: async () => void log.push('undo'),
      }),
    );
  await run(apply(true));
  await run(apply(false));
  await run(apply(false));
  expect(log).toEqual(['run', 'undo', 'run', 'run']);
});

test('a journal whose last line was cut off is read up to there', async () => {
  const journal = await Journal.open(folder.path);
  await journal.write({ event: 'step-start', step: 'a' });
  await journal.write({ event: 'step-start', step: 'b' });
  await journal.write({ event: 'step-done', step: 'a' });
  await appendFile(join(folder.path, 'journal.jsonl'), '{"event":"step-done","st');
  const again = await Journal.open(folder.path);
  expect([again.wasHalfDone('a'), again.wasHalfDone('b')]).toEqual([false, true]);
  await again.write({ event: 'step-done', step: 'b' });
  const lines = (await readFile(join(folder.path, 'journal.jsonl'), 'utf8')).trim().split('\n');
  // What comes after a cut-off line must not be lost in it.
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ event: 'step-done', step: 'b' });
});

test('no more hosts at once than allowed, and an interrupted run begins nothing new', async () => {
  let now = 0;
  let most = 0;
  const abort = new AbortController();
  const log: string[] = [];
  const slow = (sealer: SealerApi) =>
    sealer.hooks.preInitHost.tap('x', (ctx, host) =>
      ctx.step('slow', {
        host,
        check: async () => false,
        run: async () => {
          now += 1;
          most = Math.max(most, now);
          await new Promise((resolve) => setTimeout(resolve, 20));
          now -= 1;
        },
      }),
    );
  await run(slow, { concurrency: 1 });
  expect(most).toBe(1);
  await run(
    (sealer) => {
      sealer.hooks.preInitHost.tap('x', (ctx, host) =>
        ctx.step('stops', { host, check: async () => false, run: async () => abort.abort() }),
      );
      noting(log, sealer, 'postInitHost');
    },
    { signal: abort.signal },
  );
  expect(log).toEqual([]);
});
