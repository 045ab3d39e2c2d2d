import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import type { ChartContents } from './chart-contents.js';
import { discoverImages } from './discover-images.js';
import { parseIgnoredImages } from './ignored-images.js';
import { subchartSwitches } from './subchart-switches.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(() => folder[Symbol.asyncDispose]());

async function files(texts: Record<string, string>) {
  return await Promise.all(
    Object.entries(texts).map(async ([path, text]) => {
      const source = join(folder.path, path);
      await mkdir(dirname(source), { recursive: true });
      await writeFile(source, text);
      return { path, source };
    }),
  );
}

const pod = (image: string) => `apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: "${image}"}]}\n`;
const helm = () => Promise.reject(new Error('helm is not asked for'));

test('manifests in the places of the rootfs, each image once with all its places', async () => {
  const found = await discoverImages(
    await files({
      'application/apps/a/one.yaml': pod('nginx'),
      'manifests/two.yml': pod('docker.io/library/nginx:latest'),
      'network/net.yaml.tmpl': pod('acme/net:1'),
      'charts/plain.json': JSON.stringify({ kind: 'Pod', spec: { containers: [{ image: 'acme/json:1' }] } }),
      'application/apps/a/settings.json': '{"image": "acme/none:1"}',
      'application/values/a/1-values.yaml': 'image: acme/values:1\n',
      'etc/conf.yaml': pod('acme/etc:1'),
      'manifests/readme.md': pod('acme/readme:1'),
    }),
    { helm },
  );
  expect(found.images.map(({ reference, origins }) => [String(reference), origins])).toEqual([
    ['docker.io/acme/json:1', ['charts/plain.json:1']],
    ['docker.io/acme/net:1', ['network/net.yaml.tmpl:3']],
    ['docker.io/library/nginx:latest', ['application/apps/a/one.yaml:3', 'manifests/two.yml:3']],
  ]);
});

test('a file that is copied over another counts, not the other', async () => {
  const [first, second] = await files({ 'manifests/a.yaml': pod('acme/old:1'), 'manifests/b.yaml': pod('acme/new:1') });
  const found = await discoverImages([first!, { path: first!.path, source: second!.source }], { helm });
  expect(found.images.map(({ reference }) => String(reference))).toEqual(['docker.io/acme/new:1']);
});

test('images that scripts name are noticed', async () => {
  const given = await files({
    'application/apps/a/install.sh':
      '#!/bin/sh\n# quay.io/acme/comment:1\nkubectl run a --image=acme/run:1\nnerdctl pull quay.io/acme/pull:2 && echo "quay.io/acme/echo:3"\ncurl -fsS https://example.com/a/b:1\n',
  });
  const { images, suspects } = await discoverImages(given, { helm });
  expect(images).toEqual([]);
  expect(suspects.map(({ image, origin }) => `${image} ${origin.split(':')[1]}`)).toEqual([
    'acme/run:1 3',
    'quay.io/acme/pull:2 4',
    'quay.io/acme/echo:3 4',
  ]);
});

test('wrong images are all reported, with where; those that are ignored are none', async () => {
  const given = await files({ 'manifests/a.yaml': pod('Acme/Upper:1'), 'manifests/b.yaml': pod('a b') });
  const failure = await discoverImages(given, { helm }).catch((cause) => cause);
  expect(failure).toMatchObject({ code: 'DISCOVER_FAILED', exitCode: 3 });
  expect(failure.errors.map(({ code, message }: Error & { code: string }) => [code, message])).toEqual([
    ['DISCOVER_IMAGE_INVALID', expect.stringMatching(/manifests\/a.yaml:3.*Acme\/Upper:1.*upper-case/)],
    ['DISCOVER_IMAGE_INVALID', expect.stringMatching(/manifests\/b.yaml:3.*a b/)],
  ]);
  const ignored = parseIgnoredImages('Acme/*', 'f');
  await expect(discoverImages(given, { helm, ignored })).rejects.toMatchObject({ code: 'DISCOVER_IMAGE_INVALID' });
});

test('of thousands of files those alone are parsed that may name an image', async () => {
  const ports = '  - {port: 80, name: web, protocol: TCP}\n'.repeat(100);
  const service = `apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports:\n${ports}`;
  const given = await files(
    Object.fromEntries(
      Array.from({ length: 2000 }, (_, at) => [`manifests/${at}.yaml`, at % 100 === 0 ? pod(`acme/a:${at}`) : service]),
    ),
  );
  const parsed = await seconds(async () => {
    for (let at = 0; at < 50; at += 1) parseDocument(service);
  });
  let count = 0;
  const taken = await seconds(async () => {
    count = (await discoverImages(given, { helm })).images.length;
  });
  expect(count).toBe(20);
  // Parsing all of them would take 40 times what 50 took.
  expect(taken).toBeLessThan(parsed * 20);
});

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

describe('switches of sub-charts', () => {
  const chart = (name: string, more: Partial<ChartContents> = {}): ChartContents => ({
    name,
    version: '1',
    isLibrary: false,
    dependencies: [],
    charts: [],
    asksForUpgrade: false,
    values: [],
    announced: '',
    ...more,
  });

  test('conditions, tags, aliases, and those of sub-charts', () => {
    const c = chart('c');
    const b = chart('b', { dependencies: [{ name: 'c', condition: 'c.enabled' }], charts: [c] });
    const a = chart('a', {
      dependencies: [
        { name: 'b', alias: 'main', condition: 'main.enabled,global.b' },
        { name: 'b', alias: 'spare', tags: ['spares'] },
        { name: 'x' },
      ],
      charts: [b, chart('lone', { dependencies: [{ name: 'c', condition: 'c.on' }], charts: [c] })],
    });
    expect(subchartSwitches(a)).toEqual([
      'main.enabled',
      'main.c.enabled',
      'tags.spares',
      'spare.c.enabled',
      'lone.c.on',
    ]);
  });
});
