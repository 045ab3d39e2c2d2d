/** The charts among the files of an image: folders with a Chart.yaml, and .tgz archives; made ready for helm. */
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { type ChartFiles, isOfInterest, readChart, readChartArchive } from './chart-contents.js';
import { discoverErrors } from './discover-errors.js';
import { releaseName } from './release-name.js';
import type { Chart } from './render-chart.js';

export interface DiscoverFile {
  /** In the image: application/apps/web/web.yaml. */
  path: string;
  /** On this machine. */
  source: string;
}

export interface ChartSource {
  /** In the image: its folder, or the archive. */
  path: string;
  /** Of a folder: paths below it. Of an archive: itself. */
  files: readonly DiscoverFile[];
}

const places = /^(application\/apps|charts|manifests)\//;

/** Not those inside another chart. */
export function findCharts(files: readonly DiscoverFile[]): ChartSource[] {
  const folders = files
    .filter(({ path }) => posix.basename(path) === 'Chart.yaml' && places.test(path))
    .map(({ path }) => posix.dirname(path))
    .sort((a, b) => a.length - b.length);
  const outermost = folders.filter((one, at) => !folders.slice(0, at).some((outer) => one.startsWith(`${outer}/`)));
  const charts = outermost.map((path) => ({ path, files: files.filter((file) => file.path.startsWith(`${path}/`)) }));
  const archives = files.filter(
    ({ path }) => places.test(path) && path.endsWith('.tgz') && !charts.some((chart) => isInChart(chart, path)),
  );
  return [...charts, ...archives.map((file) => ({ path: file.path, files: [file] }))];
}

export function isInChart(chart: ChartSource, path: string): boolean {
  return path === chart.path || path.startsWith(`${chart.path}/`);
}

export interface OpenedChart extends AsyncDisposable {
  chart: Chart;
}

/**
 * A chart's files may come from several places of the context and lie over each other, so they are put together first.
 * Undefined for an archive that holds no chart.
 * @throws DISCOVER_CHART_FAILED when it cannot be read
 */
export async function openChart(
  { path, files }: ChartSource,
  appValues: Readonly<Record<string, readonly string[]>>,
): Promise<OpenedChart | undefined> {
  const app = /^application\/apps\/([^/]+)/.exec(path)?.[1];
  const common = {
    name: path,
    release: releaseName(app ?? 'release'),
    values: app === undefined ? [] : (appValues[app] ?? []),
  };
  const failed = (cause: Error) => {
    throw discoverErrors.DISCOVER_CHART_FAILED({ chart: path, reason: cause.message }, { cause });
  };
  const [archive] = files;
  if (archive && archive.path === path) {
    const contents = await readChartArchive(archive.source).catch(failed);
    if (!contents) return undefined;
    return { chart: { ...common, path: archive.source, contents }, [Symbol.asyncDispose]: async () => undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'sealer-chart-'));
  const remove = async () => await rm(folder, { recursive: true, force: true });
  try {
    const read = new Map<string, Buffer>();
    for (const file of files) {
      const inside = file.path.slice(path.length + 1);
      await mkdir(dirname(join(folder, inside)), { recursive: true });
      await copyFile(file.source, join(folder, inside));
      if (isOfInterest(inside)) read.set(inside, await readFile(file.source));
    }
    const contents = await readChart(read as ChartFiles).catch(failed);
    return { chart: { ...common, path: folder, contents }, [Symbol.asyncDispose]: remove };
  } catch (cause) {
    await remove();
    throw cause;
  }
}
