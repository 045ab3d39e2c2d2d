/** Finds the container images that the files of a cluster image name, so that it is complete where there is no internet. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { SealerError } from '../errors/sealer-error.js';
import type { Reference } from '../image/reference.js';
import { parseReference } from '../image/reference.js';
import { discoverErrors } from './discover-errors.js';
import type { Discovery, FoundImage } from './found-image.js';
import { imagesInYaml } from './images-in-yaml.js';
import { type RenderOptions, renderChart } from './render-chart.js';

export interface DiscoverFile {
  /** In the image: application/apps/web/web.yaml. */
  path: string;
  /** On this machine. */
  source: string;
}

export interface DiscoveredImage {
  reference: Reference;
  /** Every place that names it. */
  origins: string[];
}

const documentPath = /^(application|manifests)\/.*\.ya?ml$/;
const chartArchive = /^(application|charts|manifests)\/.*\.tgz$/;

/**
 * @param ignored names, `*` for any characters
 * @throws DISCOVER_IMAGE_INVALID for every wrong one at once; DISCOVER_HELM_MISSING, DISCOVER_CHART_FAILED
 */
export async function discoverImages(
  files: readonly DiscoverFile[],
  options: RenderOptions,
  ignored: readonly string[] = [],
): Promise<{ images: DiscoveredImage[]; suspects: FoundImage[] }> {
  const found: Discovery = { images: [], suspects: [] };
  const add = ({ images, suspects }: Discovery) => {
    found.images.push(...images);
    found.suspects.push(...suspects);
  };
  const charts = chartFolders(files);
  for (const { path, source } of files) {
    const inside = charts.find((chart) => path.startsWith(`${chart.path}/`));
    if (inside || !documentPath.test(path)) continue;
    add(imagesInYaml(await readFile(source, 'utf8'), (line) => `${path}:${line}`));
  }
  const archives = files.filter(({ path }) => chartArchive.test(path));
  for (const { path, source } of [...charts, ...archives]) {
    const text = await renderChart(source, path, options);
    add(imagesInYaml(text, (line) => `${path} (${templateAt(text, line)})`));
  }
  const skipped = ignored.map(pattern);
  return {
    images: unite(found.images.filter(({ image }) => !isIgnored(image, skipped))),
    suspects: found.suspects.filter(
      ({ image }) => !isIgnored(image, skipped) && !found.images.some((other) => other.image === image),
    ),
  };
}

/** Folders with a Chart.yaml; not those inside another chart. */
function chartFolders(files: readonly DiscoverFile[]): DiscoverFile[] {
  const folders = files
    .filter(({ path }) => posix.basename(path) === 'Chart.yaml' && /^(application|charts|manifests)\//.test(path))
    .map(({ path, source }) => ({ path: posix.dirname(path), source: posix.dirname(source) }))
    .sort((a, b) => a.path.length - b.path.length);
  return folders.filter((one, at) => !folders.slice(0, at).some((outer) => one.path.startsWith(`${outer.path}/`)));
}

/** helm says before each document which template it is of. */
function templateAt(text: string, line: number): string {
  const before = text.split('\n').slice(0, line).reverse();
  return before.map((one) => /^# Source: (.+)$/.exec(one)?.[1]).find(Boolean) ?? `line ${line}`;
}

function unite(found: readonly FoundImage[]): DiscoveredImage[] {
  const byName = new Map<string, DiscoveredImage>();
  const errors: SealerError[] = [];
  for (const { image, origin } of found) {
    try {
      const reference = parseReference(image);
      const known = byName.get(reference.toString()) ?? { reference, origins: [] };
      if (!known.origins.includes(origin)) known.origins.push(origin);
      byName.set(reference.toString(), known);
    } catch (cause) {
      if (!SealerError.is(cause)) throw cause;
      errors.push(discoverErrors.DISCOVER_IMAGE_INVALID({ image, origin, reason: cause.message }, { cause }));
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const [first] = errors as [SealerError];
    throw new SealerError({
      code: first.code,
      message: `${errors.length} images cannot be understood`,
      exitCode: first.exitCode,
      errors,
    });
  }
  return [...byName.values()].sort((a, b) => (a.reference.toString() < b.reference.toString() ? -1 : 1));
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}

function isIgnored(image: string, patterns: readonly RegExp[]): boolean {
  let full = image;
  try {
    full = parseReference(image).toString();
  } catch {
    // It can still be ignored as it is written.
  }
  return patterns.some((one) => one.test(image) || one.test(full));
}
