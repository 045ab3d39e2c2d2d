/** Lays the shapes of test/fixtures/discovery out as files of an image, and reads them as sealer and as grep does. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { DiscoverFile } from '../../packages/core/src/discover/charts.js';
import { discoverImages } from '../../packages/core/src/discover/discover-images.js';
import { parseReference } from '../../packages/core/src/image/reference.js';
import type { Shape } from '../fixtures/discovery/shape.js';

/** Writes the files of a shape into a folder; charts that are packed are packed by tar. */
export async function writeShape(folder: string, files: Shape['files']): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    if (typeof content === 'string') await writeFile(target, content);
    else {
      const name = /name: (.+)/.exec(content['Chart.yaml'] as string)?.[1] as string;
      await writeShape(`${target}.d/${name}`, content);
      await execa('tar', ['-czf', target, '-C', `${target}.d`, name]);
      await rm(`${target}.d`, { recursive: true });
    }
  }
}

export async function filesBelow(folder: string, name: string): Promise<DiscoverFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((source) => ({ path: `application/apps/${name}/${source.slice(folder.length + 1)}`, source }));
}

type Options = Pick<Shape, 'name' | 'kubeVersions' | 'apiVersions' | 'allSubcharts' | 'tests' | 'values'>;

export async function discovered(folder: string, shape: Options, helm: string) {
  const values = (shape.values ?? []).map((name) => join(folder, name));
  const files = (await filesBelow(folder, shape.name)).filter(({ source }) => !values.includes(source));
  const { images, suspects } = await discoverImages(files, {
    helm: async () => helm,
    kubeVersions: shape.kubeVersions ?? ['1.34.4'],
    apiVersions: shape.apiVersions,
    allSubcharts: shape.allSubcharts,
    tests: shape.tests,
    values,
    unused: true,
  });
  return { images: images.map(({ reference }) => String(reference)), suspects };
}

/** What people do by hand: `helm template . | grep image:`, or grep on the manifests. */
export async function grepped(folder: string, shape: Options, helm: string): Promise<string[]> {
  const files = await filesBelow(folder, shape.name);
  const isChart = files.some(({ path }) => path.endsWith('/Chart.yaml'));
  const archives = files.filter(({ path }) => path.endsWith('.tgz')).map(({ source }) => source);
  const charts = isChart ? [folder] : archives;
  const values = (shape.values ?? []).flatMap((name) => ['--values', join(folder, name)]);
  const template = (path: string) =>
    execa(helm, ['template', 'r', path, '--kube-version', '1.34.4', ...values], { maxBuffer: 1 << 28 });
  const texts = charts.length
    ? await Promise.all(charts.map(async (path) => (await template(path)).stdout))
    : await Promise.all(files.map(({ source }) => readFile(source, 'utf8')));
  const names = texts
    .flatMap((text) => text.split('\n'))
    .map((line) => /\bimage:(.*)$/.exec(line)?.[1])
    .filter((value) => value !== undefined)
    // What is left when quotes, and what follows the value in a flow mapping, are cut off.
    .map(
      (value) =>
        value
          .trim()
          .replace(/^["']/, '')
          .split(/["',\s}\]]/)[0] ?? '',
    );
  return [...new Set(names.map(inFull))];
}

function inFull(name: string): string {
  try {
    return String(parseReference(name));
  } catch {
    return name;
  }
}
