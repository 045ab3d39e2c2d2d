import { expect, expectTypeOf, test } from 'vitest';
import { planPlugin } from '../testing/plan-plugin.js';
import { applyPlugins } from './apply-plugins.js';
import type { Plugin, SealerApi } from './contract.js';
import { definePlugin } from './define-plugin.js';
import type { PlanContext } from './extension-points.js';
import type { PlannedHost } from './planning.js';

const plugin = (name: string, apply: (sealer: SealerApi) => void = () => undefined): Plugin =>
  definePlugin({ name, apiVersion: 1, apply });
const code = (value: string) => expect.objectContaining({ code: value });

test('a wrong version, name, option or duplicate is one clear error', () => {
  expect(() => applyPlugins([definePlugin({ name: 'hook-a', apiVersion: 2, apply: () => undefined })])).toThrow(
    code('PLUGIN_API_VERSION'),
  );
  expect(() => applyPlugins([plugin('nokind')])).toThrow(code('PLUGIN_INVALID'));
  expect(() => applyPlugins([plugin('hook-a'), plugin('hook-a')])).toThrow(code('PLUGIN_DUPLICATE'));
  expect(() => applyPlugins([plugin('hook-a')], { 'hook-a': { colour: 'red' } })).toThrow(
    /options of plugin "hook-a".*colour/,
  );
  expect(() => applyPlugins([{ name: 'hook-a' } as never])).toThrow(code('PLUGIN_INVALID'));
  const provides = (sealer: SealerApi) => sealer.appTypes.provide('kube', { install: () => undefined });
  expect(() => applyPlugins([plugin('app-a', provides), plugin('app-b', provides)])).toThrow(/app-a.*app-b/);
});

test('options are checked, and defaults filled in', () => {
  let seen: unknown;
  const optionsSchema = {
    type: 'object',
    properties: { channel: { enum: ['stable', 'edge'], default: 'stable' } },
    additionalProperties: false,
  };
  const made = definePlugin<{ channel: string }>({
    name: 'hook-a',
    apiVersion: 1,
    optionsSchema,
    apply: (_sealer, options) => {
      expectTypeOf(options.channel).toBeString();
      seen = options;
    },
  });
  applyPlugins([made]);
  expect(seen).toEqual({ channel: 'stable' });
  expect(() => applyPlugins([made], { 'hook-a': { channel: 'beta' } })).toThrow(code('PLUGIN_OPTIONS'));
});

test('a tap that throws is named with plugin, phase and host', async () => {
  const throwing = plugin('hook-bad', (sealer) =>
    sealer.hooks.preInitHost.tap('bad', (_ctx, host) => {
      if (host.name === '10.0.0.2') throw new Error('no luck');
      return undefined;
    }),
  );
  await expect(planPlugin(throwing)).rejects.toMatchObject({
    code: 'PLUGIN_FAILED',
    message: expect.stringMatching(/hook-bad.*pre-init-host.*10\.0\.0\.2.*no luck/),
  });
});

test.each([
  ['something else', () => ({ title: 'x' }) as never],
  ['a step that says nothing of its state', (ctx: PlanContext) => ctx.step('x', { run: async () => undefined })],
])('%s is no valid step', async (_name, make) => {
  const bad = plugin('hook-bad', (sealer) => sealer.hooks.preInitHost.tap('bad', (ctx) => make(ctx)));
  await expect(planPlugin(bad)).rejects.toMatchObject({ code: 'PLUGIN_STEP_INVALID' });
});

test('two taps of one name, and two steps of one title, are refused', async () => {
  expect(() =>
    applyPlugins([
      plugin('hook-a', ({ hooks }) => {
        hooks.preInstall.tap('x', () => undefined);
        hooks.preInstall.tap('x', () => undefined);
      }),
    ]),
  ).toThrow(code('PLUGIN_DUPLICATE'));
  const twice = plugin('hook-a', ({ hooks }) =>
    hooks.preInstall.tap('x', (ctx) => [1, 2].map((key) => ctx.step('same', { key, run: async () => undefined }))),
  );
  await expect(planPlugin(twice)).rejects.toMatchObject({ code: 'PLAN_STEP_DUPLICATE' });
});

test('the types of taps follow the scope of the phase', () => {
  plugin('hook-a', (sealer) => {
    sealer.hooks.preInitHost.tap('x', (ctx, host) => {
      expectTypeOf(ctx).toEqualTypeOf<PlanContext>();
      expectTypeOf(host).toEqualTypeOf<PlannedHost>();
      return undefined;
    });
    sealer.hooks.preInstall.tap('x', (...words) => {
      expectTypeOf(words).toEqualTypeOf<[PlanContext]>();
      return undefined;
    });
    // @ts-expect-error there is no such phase
    expect(sealer.hooks.noSuchPhase).toBeUndefined();
  });
});
