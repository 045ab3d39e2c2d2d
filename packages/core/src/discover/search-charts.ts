/** Images of the charts of an image: each rendered with its own values, or in the ways in which lines install it. */
import pLimit from 'p-limit';
import { SealerError } from '../errors/sealer-error.js';
import type { ChartUse } from './applied-files.js';
import { type ChartSettings, type ChartSource, openChart } from './charts.js';
import { together } from './discover-errors.js';
import type { Discovery } from './found-image.js';
import { type Chart, isChartFailure, type RenderOptions, renderChart } from './render-chart.js';
import { searchText } from './search-text.js';
import { unusedImages } from './unused-images.js';

export interface SearchChartsOptions extends RenderOptions, ChartSettings {
  /** Takes images of test hooks as well. */
  tests?: boolean | undefined;
  /** Suspects images of charts' values that nothing rendered uses. */
  unused?: boolean | undefined;
  /** By the chart's path. */
  uses?: ReadonlyMap<string, readonly ChartUse[]> | undefined;
  /** How many charts are done, of how many. */
  onChart?: (done: number, total: number) => void;
}

/** @throws DISCOVER_HELM_MISSING, DISCOVER_CHART_...; all at once */
export async function searchCharts(charts: readonly ChartSource[], given: SearchChartsOptions): Promise<Discovery> {
  let helm: Promise<string> | undefined;
  const options = { ...given, helm: () => (helm ??= given.helm()) };
  const limit = pLimit(2);
  let done = 0;
  const outcomes = await Promise.allSettled(
    charts.map((chart) =>
      limit(async () => {
        options.signal?.throwIfAborted();
        await using opened = await openChart(chart, options);
        const found =
          opened && !opened.chart.contents.isLibrary
            ? await searchChart(opened.chart, options.uses?.get(chart.path) ?? [], options)
            : { images: [], suspects: [] };
        done += 1;
        options.onChart?.(done, charts.length);
        return found;
      }),
    ),
  );
  options.signal?.throwIfAborted();
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const errors = failures.filter((failure) => SealerError.is(failure));
  if (errors.length < failures.length) throw failures.find((failure) => !SealerError.is(failure));
  if (errors.length > 0) throw together(errors);
  const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  return { images: found.flatMap(({ images }) => images), suspects: found.flatMap(({ suspects }) => suspects) };
}

async function searchChart(chart: Chart, uses: readonly ChartUse[], options: SearchChartsOptions): Promise<Discovery> {
  const label = (_line: number, source = 'a template') => `${chart.name} (${source})`;
  const texts = await renderUses(chart, uses, options);
  const found = texts.map((text) => searchText(text, { label, tests: options.tests }));
  const images = found.flatMap((one) => one.images);
  const suspects = found.flatMap((one) => one.suspects);
  return { images, suspects: options.unused ? [...suspects, ...unusedImages(chart, images)] : suspects };
}

/** A line that is executed says how it is installed; what a script might do comes on top of the chart as it is. */
async function renderUses(chart: Chart, uses: readonly ChartUse[], options: SearchChartsOptions): Promise<string[]> {
  const launched = uses.filter((use) => use.launched);
  const ways: { way: Chart; how: string; required: boolean }[] = (launched.length > 0 ? launched : uses).map((use) => ({
    way: {
      ...chart,
      release: use.release ?? chart.release,
      namespace: use.namespace ?? chart.namespace,
      values: use.values,
      set: use.set,
    },
    how: `as ${use.origin} installs it`,
    required: use.launched && !use.partly,
  }));
  if (launched.length === 0) ways.unshift({ way: chart, how: 'with its own values', required: uses.length === 0 });
  const texts: string[] = [];
  const failures: SealerError[] = [];
  for (const { way, how, required } of ways)
    try {
      texts.push(...(await renderChart(way, options)));
    } catch (cause) {
      if (required || !isChartFailure(cause)) throw cause;
      failures.push(cause);
      options.onWarning?.('CHART_PARTLY_RENDERED', `${how}, ${cause.message}`);
    }
  const [failure] = failures;
  if (failure && failures.length === ways.length) throw failure;
  return texts;
}
