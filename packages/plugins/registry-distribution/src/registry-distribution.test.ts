import { definePlugin } from '@sealer/core';
import { planPlugin } from '@sealer/core/testing';
import { expect, test } from 'vitest';
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
