import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin } from '@sealer/core';
import { planPlugin } from '@sealer/core/testing';
import { expect, test } from 'vitest';
import * as scripts from './generated/scripts.js';
import plugin from './index.js';

const row = (name: string, digit: string) => ({
  name,
  digest: `sha256:${digit.repeat(64)}` as const,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  size: 10,
  blobs: [],
  origin: 'test',
});

test('images named in the registry itself need no mirror of their own; other domains have one each', async () => {
  const mirrors: string[] = [];
  const runtime = definePlugin({
    name: 'container-runtime-recording',
    apiVersion: 1,
    apply(sealer) {
      sealer.containerRuntimes.provide('recording', {
        socket: 'unix:///x',
        install: () => undefined,
        trustMirrors: (_ctx, _host, given) => {
          mirrors.push(...given.map(({ domain, url }) => `${domain} ${url}`));
          return undefined;
        },
        pull: () => undefined,
        remove: () => undefined,
      });
    },
  });
  const bundle = [
    row('sea.hub:5000/library/web:1', '1'),
    row('docker.io/library/web:1', '1'),
    row('10.0.0.9:5000/a:1', '2'),
  ];
  const { steps } = await planPlugin(plugin, { image: { bundle }, with: [runtime] });
  expect([...new Set(mirrors)]).toEqual([
    '10.0.0.9:5000 https://sea.hub:5000/v2/10.0.0.9-5000',
    'docker.io https://sea.hub:5000/v2/docker.io',
    'sea.hub:5000 https://sea.hub:5000/v2',
  ]);
  expect(steps.find(({ title }) => title === 'Fill the registry')).toBeDefined();
});

test('who listens at the port: the process of the service is the registry, and no other is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (main: number, at: number) => {
    await writeFile(join(folder, 'systemctl'), `#!/bin/sh\necho ${main}\n`, { mode: 0o755 });
    const argv = ['-euo', 'pipefail', '-c', scripts.whoListens, 'bash', 'sealer-registry.service', String(at)];
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    return execFileSync('bash', argv, { encoding: 'utf8', env }).trim();
  };
  try {
    expect(await ask(process.pid, port)).toBe('own');
    expect(await ask(0, port)).toMatch(new RegExp(`\\(process ${process.pid}\\)$`));
    expect(await ask(process.ppid, port)).toMatch(new RegExp(`\\(process ${process.pid}\\)$`));
    expect(await ask(process.pid, 1)).toBe('none');
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

const full = { bundle: [row('docker.io/library/web:1', '1')] };

test.each([
  ['none', 'REGISTRY_NOT_RUNNING', /nothing listens at port 5000/],
  ['nginx (process 7)', 'REGISTRY_PORT_TAKEN', /port 5000 is held by nginx \(process 7\)/],
])('when %s listens, nothing is pushed', async (listener, code, message) => {
  const hosts = { '10.0.0.1': { answer: () => listener } };
  const planned = await planPlugin(plugin, { image: full, hosts });
  const step = planned.steps.find(({ title }) => title === 'Fill the registry')!;
  await expect(planned.run(step)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
