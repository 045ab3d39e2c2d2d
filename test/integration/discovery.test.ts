/** Image discovery with the real helm: charts and manifests in the shapes of public ones, and public ones, against lists made by hand. */
import { chmod, cp, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findApplied } from '../../packages/core/src/discover/applied-files.js';
import { type DiscoverOptions, discoverImages } from '../../packages/core/src/discover/discover-images.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { chartShapes } from '../fixtures/discovery/chart-shapes.js';
import { manifestShapes } from '../fixtures/discovery/manifest-shapes.js';
import { type PublicChart, publicCharts } from '../fixtures/discovery/public-charts.js';
import type { Shape } from '../fixtures/discovery/shape.js';
import { kubeFolder } from '../support/cluster.js';
import { discovered, filesBelow, grepped, writeShape } from '../support/discovery.js';
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

describe('what decides how a chart is rendered', () => {
  const head = 'apiVersion: v2\nname: web\nversion: 1.0.0\n';
  const pod = (image: string) => `{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: "${image}"}]}}\n`;
  const look = async (name: string, files: Shape['files'], more: Partial<DiscoverOptions> = {}) => {
    const place = join(folder.path, 'ways', name);
    await writeShape(place, files);
    const warnings: string[] = [];
    const found = await discoverImages(await filesBelow(place, name), {
      helm: async () => helm,
      onWarning: (code, text) => warnings.push(`${code} ${text}`),
      ...more,
    });
    return { images: found.images.map(({ reference }) => String(reference)), warnings };
  };

  test('an upgrade that looks for a password on the cluster: a warning, and the images of the installation', async () => {
    const password =
      '{{- if .Release.IsUpgrade }}{{ fail "PASSWORDS ERROR: You must provide your current passwords" }}{{ end }}\n';
    const files = { 'Chart.yaml': head, 'templates/a.yaml': `${password}${pod('acme/first:1')}` };
    expect(await look('password', files)).toEqual({
      images: ['docker.io/acme/first:1'],
      warnings: [expect.stringMatching(/^CHART_UPGRADE_NOT_RENDERED as an upgrade, .*password.*PASSWORDS ERROR/)],
    });
    const upgraded = {
      'Chart.yaml': head,
      'templates/a.yaml': `{{ if .Release.IsUpgrade }}\n${pod('acme/more:1')}{{ end }}`,
    };
    expect(await look('upgraded', upgraded)).toEqual({ images: ['docker.io/acme/more:1'], warnings: [] });
    const broken = { 'Chart.yaml': head, 'templates/a.yaml': '{{ .Release.IsUpgrade }}{{ fail "never" }}' };
    await expect(look('never', broken)).rejects.toMatchObject({ code: 'DISCOVER_CHART_FAILED' });
  });

  test('sub-charts that cannot be switched on are warned of', async () => {
    const files = {
      'Chart.yaml': `${head}dependencies: [{name: one, version: 1.0.0, condition: one.enabled}]\n`,
      'values.yaml': 'one: {enabled: false}\n',
      'templates/a.yaml': pod('acme/a:1'),
      'charts/one/Chart.yaml': head.replace('web', 'one'),
      'charts/one/templates/a.yaml': '{{ fail "not so" }}',
    };
    expect(await look('switched', files, { allSubcharts: true })).toEqual({
      images: ['docker.io/acme/a:1'],
      warnings: [expect.stringMatching(/^CHART_PARTLY_RENDERED with one.enabled switched on, .*not so/)],
    });
  });

  test('a chart that refuses the namespace default', async () => {
    const files = {
      'Chart.yaml': head,
      'templates/a.yaml': `{{ if eq .Release.Namespace "default" }}{{ fail "not in default" }}{{ end }}\n${pod('acme/{{ .Release.Namespace }}:1')}`,
    };
    const refused = await look('namespace', files).catch((cause) => cause);
    expect(refused).toMatchObject({
      code: 'DISCOVER_CHART_FAILED',
      hint: expect.stringContaining('--chart-namespace'),
    });
    expect((await look('namespace', files, { namespace: 'all' })).images).toEqual(['docker.io/acme/all:1']);
    const own = { namespace: 'all', appNamespaces: { namespace: 'own' } };
    expect((await look('namespace', files, own)).images).toEqual(['docker.io/acme/own:1']);
  });

  test('a chart that is not for the version: who says it', async () => {
    const files = { 'Chart.yaml': `${head}kubeVersion: ">=1.30.0-0"\n`, 'templates/a.yaml': pod('acme/a:1') };
    const more = { kubeVersions: ['1.28.0'], kubeVersionOrigin: 'KUBEVERSION >=1.28 in Kubefile:3:1' };
    const refused = await look('version', files, more).catch((cause) => cause);
    expect(refused).toMatchObject({ code: 'DISCOVER_CHART_KUBE_VERSION', exitCode: 3 });
    expect(refused.message).toContain(
      'is not for Kubernetes v1.28.0, which is said by KUBEVERSION >=1.28 in Kubefile:3:1',
    );
  });

  test('lines that install a chart say with what; a script that is not run adds to the chart as it is', async () => {
    const files = {
      'web/Chart.yaml': head,
      'web/values.yaml': 'tag: ""\n',
      'web/templates/a.yaml': pod('acme/web-{{ .Release.Namespace }}:{{ required "tag" .Values.tag }}'),
      'prod.yaml': 'tag: prod\n',
    };
    const place = join(folder.path, 'ways', 'lines');
    await writeShape(place, files);
    const given = (await filesBelow(place, 'x')).map((file) => ({
      ...file,
      path: file.path.replace('application/apps/x', 'opt'),
    }));
    const by = async (...lines: string[]) => {
      const texts = lines.map((text) => ({ text, folders: [''], folder: '', variables: {}, label: String }));
      const { images } = await discoverImages(given, {
        helm: async () => helm,
        applied: await findApplied(given, texts),
      });
      return images.map(({ reference }) => String(reference));
    };
    expect(await by('helm install web opt/web -n shop -f opt/prod.yaml')).toEqual(['docker.io/acme/web-shop:prod']);
    expect(
      await by('cd opt && helm upgrade -i web ./web --set tag=2', 'helm template opt/web --set-string tag=3'),
    ).toEqual(['docker.io/acme/web-default:2', 'docker.io/acme/web-default:3']);
    await expect(by('helm install web opt/web')).rejects.toMatchObject({ code: 'DISCOVER_CHART_FAILED' });
  });
});
