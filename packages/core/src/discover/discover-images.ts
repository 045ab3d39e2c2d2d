/** Finds the container images that the files of a cluster image name, so that it is complete where there is no internet. */
import { readFile } from 'node:fs/promises';
import pLimit from 'p-limit';
import { SealerError } from '../errors/sealer-error.js';
import type { Reference } from '../image/reference.js';
import { parseReference } from '../image/reference.js';
import type { AppliedFiles } from './applied-files.js';
import { type DiscoverFile, findCharts, isInChart } from './charts.js';
import { discoverErrors, together } from './discover-errors.js';
import { couldBeImage, type Discovery, type FoundImage, type Suspect } from './found-image.js';
import type { IgnoredImages } from './ignored-images.js';
import { imagesInArgument } from './image-arguments.js';
import { isManifestPath } from './manifest-path.js';
import { type SearchChartsOptions, searchCharts } from './search-charts.js';
import { searchOtherFile } from './search-other-file.js';
import { searchText } from './search-text.js';

export interface DiscoverOptions extends Omit<SearchChartsOptions, 'uses'> {
  ignored?: readonly IgnoredImages[];
  /** What lines and scripts of the image apply. */
  applied?: AppliedFiles | undefined;
}

export interface DiscoveredImage {
  reference: Reference;
  /** Every place that names it. */
  origins: string[];
}

export interface Discovered {
  images: DiscoveredImage[];
  suspects: Suspect[];
}

const scriptPath = /^(application|scripts)\/.*\.sh$/;

/** @throws DISCOVER_IMAGE_INVALID, DISCOVER_HELM_MISSING, DISCOVER_CHART_FAILED, DISCOVER_CHART_DEPENDENCIES; all at once */
export async function discoverImages(given: readonly DiscoverFile[], options: DiscoverOptions): Promise<Discovered> {
  // What is copied later lies over what was there.
  const files = [...new Map(given.map((file) => [file.path, file])).values()];
  const { applied } = options;
  const charts = findCharts(files, [...(applied?.charts.keys() ?? [])]);
  const isOurs = (path: string) => applied?.manifests.has(path) || isManifestPath(path);
  const read = pLimit(8);
  const fromFiles = files
    .filter(({ path }) => !charts.some((chart) => isInChart(chart, path)))
    .map((file) =>
      read(async () => {
        const { path, source } = file;
        if (!isOurs(path)) return await searchOtherFile(file, options.tests);
        const text = await readFile(source, 'utf8');
        if (path.endsWith('.json') && !/"kind"\s*:/.test(text)) return { images: [], suspects: [] };
        return searchText(text, { label: (line) => `${path}:${line}`, tests: options.tests });
      }),
    );
  const fromScripts = files
    .filter(({ path }) => scriptPath.test(path))
    .map(({ path, source }) =>
      read(async () => searchScript(await readFile(source, 'utf8'), (line) => `${path}:${line}`)),
    );
  const held = (applied?.texts ?? []).map(({ text, label }) => searchText(text, { label, tests: options.tests }));
  const inLines = (applied?.lines ?? []).map(({ text, label }) => searchScript(text, label));
  const inCharts = searchCharts(charts, { ...options, uses: applied?.charts });
  const found = [...held, ...inLines, ...(await Promise.all([...fromFiles, ...fromScripts, inCharts]))];
  return unite(
    found.flatMap(({ images }) => images),
    found.flatMap(({ suspects }) => suspects),
    options.ignored ?? [],
  );
}

/** What a script does with an image is not known; it may well need it. */
function searchScript(text: string, label: (line: number) => string): Discovery {
  const suspects = text.split('\n').flatMap((line, at) =>
    /[/:]/.test(line) && !/^\s*#/.test(line)
      ? imagesInArgument(line).map(({ image }) => ({
          image,
          origin: label(at + 1),
          reason: 'elsewhere' as const,
        }))
      : [],
  );
  return { images: [], suspects };
}

function unite(
  found: readonly FoundImage[],
  suspected: readonly Suspect[],
  ignored: readonly IgnoredImages[],
): Discovered {
  const isIgnored = (image: string) => ignored.some((pattern) => pattern.matches(image));
  const byName = new Map<string, DiscoveredImage>();
  const errors = new Map<string, SealerError>();
  for (const { image, origin } of found) {
    if (isIgnored(image)) continue;
    try {
      const reference = parseReference(image);
      const known = byName.get(reference.toString()) ?? { reference, origins: [] };
      if (!known.origins.includes(origin)) known.origins.push(origin);
      byName.set(reference.toString(), known);
    } catch (cause) {
      if (!SealerError.is(cause)) throw cause;
      const reason = cause.message;
      errors.set(`${origin} ${image}`, discoverErrors.DISCOVER_IMAGE_INVALID({ image, origin, reason }, { cause }));
    }
  }
  if (errors.size > 0) throw together([...errors.values()]);
  const suspects = new Map<string, Suspect>();
  for (const suspect of suspected) {
    const name = fullName(suspect.image);
    if (isIgnored(suspect.image) || byName.has(name)) continue;
    const known = suspects.get(name);
    if (!known) suspects.set(name, suspect);
    else if (!known.origin.split(', ').includes(suspect.origin))
      suspects.set(name, { ...known, origin: `${known.origin}, ${suspect.origin}` });
  }
  return {
    // What is recorded must not depend on the order in which helm renders.
    images: [...byName.values()]
      .map(({ reference, origins }) => ({ reference, origins: origins.sort() }))
      .sort((a, b) => (a.reference.toString() < b.reference.toString() ? -1 : 1)),
    suspects: [...suspects.values()],
  };
}

/** As it is completed; as it is written when that is no reference. */
export function fullName(image: string): string {
  if (!couldBeImage(image)) return image;
  try {
    return parseReference(image).toString();
  } catch {
    return image;
  }
}
