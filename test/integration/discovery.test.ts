/** Image discovery with the real helm: charts and manifests in the shapes of public ones, and public ones, against lists made by hand. */
import { chmod, cp, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { chartShapes } from '../fixtures/discovery/chart-shapes.js';
import { manifestShapes } from '../fixtures/discovery/manifest-shapes.js';
import { type PublicChart, publicCharts } from '../fixtures/discovery/public-charts.js';
import type { Shape } from '../fixtures/discovery/shape.js';
import { kubeFolder } from '../support/cluster.js';
import { discovered, grepped, writeShape } from '../support/discovery.js';
import { goModule } from '../support/go-module.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let helm: string;
const totals = { needed: 0, ours: 0, oursWrong: 0, grep: 0, grepWrong: 0, cases: 0 };

beforeAll(async () => {
  folder = await temporaryDirectory();
  helm = join(await kubeFolder(), 'helm');
}, 900_000);

afterAll(async () => {
  const { needed, ours, oursWrong, grep, grepWrong, cases } = totals;
  console.log(
    `discovery: ${cases} charts and manifests need ${needed} images. sealer finds ${ours} and ${oursWrong} wrong ones; helm template | grep image: finds ${grep} and ${grepWrong} wrong ones`,
  );
  await folder[Symbol.asyncDispose]();
});

async function compare(shape: Omit<Shape, 'files'>, place: string) {
  const { images, suspects } = await discovered(place, shape, helm);
  const byGrep = await grepped(place, shape, helm);
  const right = (found: readonly string[]) => found.filter((image) => shape.images.includes(image)).length;
  totals.cases += 1;
  totals.needed += shape.images.length;
  totals.ours += right(images);
  totals.oursWrong += images.length - right(images);
  totals.grep += right(byGrep);
  totals.grepWrong += byGrep.length - right(byGrep);
  expect(images).toEqual([...shape.images].sort());
  const noticed = suspects.map(({ image }) => image);
  for (const suspect of shape.suspects ?? []) expect(noticed).toContain(suspect);
}

describe.each([
  ['charts', chartShapes],
  ['manifests', manifestShapes],
] as const)('%s', (_, shapes) => {
  test.each(shapes.map((shape) => [shape.name, shape] as const))('%s', async (name, shape) => {
    const place = join(folder.path, name);
    await writeShape(place, shape.files);
    await compare(shape, place);
  });
});

describe('published in Go modules', () => {
  test.each(publicCharts.map((chart) => [chart.name, chart] as const))('%s', async (_, chart) => {
    await compare(chart, await copyOf(chart));
  });
});

async function copyOf({ name, module, version, path }: PublicChart): Promise<string> {
  const source = join(await goModule(module, version), path);
  const place = join(folder.path, 'public', name);
  const isFolder = (await stat(source)).isDirectory();
  await mkdir(place, { recursive: true });
  await cp(source, isFolder ? place : join(place, path), { recursive: true });
  await execa('chmod', ['-R', 'u+w', place]);
  const template = join(place, 'Chart.template.yaml');
  if (await stat(template).catch(() => undefined)) await rename(template, join(place, 'Chart.yaml'));
  return place;
}

describe('charts that cannot be rendered', () => {
  const failing = async (name: string, files: Shape['files']) => {
    const place = join(folder.path, name);
    await writeShape(place, files);
    return await discovered(place, { name }, helm).catch((cause) => cause);
  };
  const head = 'apiVersion: v2\nname: web\nversion: 1.0.0\n';

  test('missing dependencies: which, and what to do', async () => {
    const files = {
      'Chart.yaml': `${head}dependencies: [{name: redis, version: 20.x.x, repository: "https://charts.example"}]\n`,
    };
    const failure = await failing('no-dependencies', files);
    expect(failure).toMatchObject({ code: 'DISCOVER_CHART_DEPENDENCIES', exitCode: 3 });
    expect(failure.message).toContain('redis');
    expect(failure.hint).toContain('helm dependency build');
  });

  test('a value that is required and not given: what helm says', async () => {
    const files = {
      'Chart.yaml': head,
      'templates/a.yaml': '{{ required "set .host to the name of the shop" .Values.host }}',
    };
    const failure = await failing('required', files);
    expect(failure).toMatchObject({ code: 'DISCOVER_CHART_FAILED' });
    expect(failure.message).toContain('set .host to the name of the shop');
  });

  test('a helm that is not there, and an archive that is none', async () => {
    const place = join(folder.path, 'split-repository-and-tag');
    await expect(discovered(place, { name: 'x' }, '/nowhere/helm')).rejects.toMatchObject({
      code: 'DISCOVER_HELM_MISSING',
    });
    const broken = join(folder.path, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'a.tgz'), 'no archive');
    await chmod(join(broken, 'a.tgz'), 0o644);
    await expect(discovered(broken, { name: 'x' }, helm)).rejects.toMatchObject({ code: 'DISCOVER_CHART_FAILED' });
  });
});
