import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planPlugin } from '@sealer/core/testing';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import plugin from './index.js';

test('a chart is installed with the values it was rendered with, in their order', async () => {
  let text = '';
  let words: readonly string[] = [];
  const values = ['application/values/web/1-prod.yaml', 'application/values/web/2-site.yaml'];
  const web = { name: 'web', type: 'helm' as const, files: ['.'], commands: [], env: {}, values };
  const planned = await planPlugin(plugin, {
    image: { apps: [web], launch: { apps: ['web'], commands: [] } },
    hosts: {
      '10.0.0.1': {
        answer: (command, args) => {
          if (command.includes('eval')) [text, words] = [command.replace(/^bash: /, ''), args];
          return '';
        },
      },
    },
  });
  const [step] = planned.steps;
  await planned.run(step!);
  expect(words[0]).toMatch(/\/application\/apps\/web$/);

  // The line in a real shell, with a helm that says how it was called.
  const rootfs = await mkdtemp(join(tmpdir(), 'app-standard-'));
  try {
    await mkdir(join(rootfs, 'application/apps/web'), { recursive: true });
    await mkdir(join(rootfs, 'bin'));
    await writeFile(join(rootfs, 'bin/helm'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const argv = ['-c', text, 'bash', join(rootfs, 'application/apps/web'), rootfs, ...words.slice(2)];
    const called = execaSync('bash', argv, { lines: true }).stdout;
    const [one, two] = values.map((path) => join(rootfs, path));
    expect(called).toEqual(['upgrade', '--install', 'web', '.', '--values', one, '--values', two]);
  } finally {
    await rm(rootfs, { recursive: true });
  }
});
