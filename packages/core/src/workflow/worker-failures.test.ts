/** Whose failure it is, and what goes on without whom. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostErrors } from '../host/host-errors.js';
import type { SealerApi } from '../plugin/contract.js';
import { runTaps } from '../testing/run-taps.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(() => folder[Symbol.asyncDispose]());

const [master, worker, other] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;

/** Joins the workers, labels all nodes from the first master, installs an application. */
function cluster(log: string[], fail: (what: string) => void | Promise<void>) {
  const doing = (what: string) => async () => {
    log.push(what);
    await fail(what);
  };
  return (sealer: SealerApi) => {
    sealer.hooks.joinWorker.tap('x', (ctx, host) => [
      ...(host.name === worker
        ? [
            ctx.output('token', 'Make a token', {
              host: ctx.master0,
              run: async () => {
                await doing('token')();
                return { token: 't' };
              },
            }),
          ]
        : []),
      ctx.step('Join', { host, needs: ['token'], check: async () => false, run: doing(`join ${host.name}`) }),
    ]);
    sealer.hooks.labelNodes.tap('x', (ctx) =>
      ctx.hosts.map((host) =>
        ctx.step(`Label ${host.name}`, {
          host: ctx.master0,
          about: host,
          check: async () => false,
          run: doing(`label ${host.name}`),
        }),
      ),
    );
    sealer.hooks.installApps.tap('x', (ctx) =>
      ctx.step('Install', { check: async () => false, run: doing(`apps ${ctx.cluster.name}`) }),
    );
    // Where a host has failed, what was launched may never run.
    sealer.hooks.waitApps.tap('x', (ctx) => ctx.step('Wait', { check: async () => false, run: doing('ready') }));
  };
}

const at = (where: string) => (what: string) => {
  if (what === where) throw new Error(`broken: ${where}`);
};

test.each([
  // What breaks, what is done nevertheless, whose failure it is, whether all else is done.
  [`join ${worker}`, ['token', `join ${other}`, `label ${master}`, `label ${other}`, 'apps my-cluster'], worker, false],
  [`label ${other}`, [`join ${worker}`, `label ${master}`, `label ${worker}`, 'apps my-cluster'], other, false],
  [`label ${master}`, [`join ${worker}`, `join ${other}`], master, true],
  ['token', [], master, true],
  ['apps my-cluster', [`label ${worker}`, `label ${other}`], undefined, true],
])('%s breaks', async (where, done, host, stopped) => {
  const log: string[] = [];
  const result = await runTaps(folder.path, cluster(log, at(where)));
  expect(log).toEqual(expect.arrayContaining(done));
  expect(result.stopped).toBe(stopped);
  expect(log).not.toContain('ready');
  expect(result.failures).toHaveLength(1);
  expect(result.failures[0]?.host).toBe(host);
  expect(result.failures[0]?.error.message).toContain(`broken: ${where}`);
  if (where === 'token') expect(log.filter((line) => line.startsWith('join'))).toEqual([]);
  if (stopped && where !== 'apps my-cluster') expect(log).not.toContain('apps my-cluster');
});

test('what is left out for a failed worker is said', async () => {
  const result = await runTaps(folder.path, cluster([], at(`join ${worker}`)));
  expect(result.events).toContainEqual({
    type: 'message',
    level: 'warning',
    host: worker,
    text: `left out, because this host has failed: Label ${worker}`,
  });
});

test('a connection that broke during a step is no failure: it is gone on with when the host answers', async () => {
  const log: string[] = [];
  let cuts = 1;
  const result = await runTaps(
    folder.path,
    cluster(log, (what) => {
      if (what === `join ${worker}` && cuts-- > 0) throw hostErrors.HOST_CONNECTION_LOST({ host: worker });
    }),
  );
  expect(result.failures).toEqual([]);
  expect(log.filter((line) => line === `join ${worker}`)).toHaveLength(2);
  expect(log).toContain('ready');
  expect(result.events).toContainEqual(
    expect.objectContaining({
      type: 'message',
      host: worker,
      text: expect.stringContaining('the connection was lost'),
    }),
  );
});
