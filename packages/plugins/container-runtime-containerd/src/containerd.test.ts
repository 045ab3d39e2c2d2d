import { planPlugin } from '@sealer/core/testing';
import { expect, test } from 'vitest';
import { containerdConfig } from './config.js';
import plugin from './index.js';

test('without CAP_SYS_RESOURCE oom_score_adj is restricted, with a warning', async () => {
  const planned = await planPlugin(plugin, { hosts: { '10.0.0.2': { facts: { capSysResource: false } } } });
  expect(planned.warnings).toEqual([expect.stringMatching(/\[10\.0\.0\.2\].*CAP_SYS_RESOURCE/)]);
  const ctx = { image: { config: { bundle: [] } }, paths: { rootfs: '/r' } } as never;
  const limited = containerdConfig(ctx, { facts: { capSysResource: false } } as never);
  expect(limited).toMatch(/restrict_oom_score_adj = true/);
  expect(containerdConfig(ctx, { facts: { capSysResource: true } } as never)).not.toMatch(
    /restrict_oom_score_adj = true/,
  );
});

test('containerd is placed, then started, on every host', async () => {
  const { steps } = await planPlugin(plugin);
  const titles = steps.filter(({ hostName }) => hostName === '10.0.0.2').map(({ title }) => title);
  expect(titles.indexOf('Place the files of containerd')).toBeLessThan(titles.indexOf('Start containerd'));
});
