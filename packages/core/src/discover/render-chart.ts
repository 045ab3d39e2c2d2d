/** A Helm chart as the documents it would install, by the program helm. */
import { isOutOfRoom } from '../errors/file-system-error.js';
import { SealerError } from '../errors/sealer-error.js';
import { isProgramMissing, saidBy } from '../program/program-errors.js';
import { runProgram } from '../program/run-program.js';
import type { ChartContents } from './chart-contents.js';
import { discoverErrors } from './discover-errors.js';
import { subchartSwitches } from './subchart-switches.js';

export interface RenderOptions {
  /** The program; asked for when there is a chart. */
  helm: () => Promise<string>;
  /** Kubernetes versions charts are told, without `v`; a chart is rendered for each. None: helm's own. */
  kubeVersions?: readonly string[] | undefined;
  /** Who says so: `KUBEVERSION >=1.28 (Kubefile:3:1)`. */
  kubeVersionOrigin?: string | undefined;
  /** Where charts are installed that are given no namespace of their own. Default: helm's. */
  namespace?: string | undefined;
  /** API versions charts are told are there, beside those of Kubernetes. */
  apiVersions?: readonly string[] | undefined;
  /** Values files for all charts, later ones win. */
  values?: readonly string[] | undefined;
  /** Switches every sub-chart on. */
  allSubcharts?: boolean | undefined;
  /** Told of renderings beyond the first that were not possible. */
  onWarning?: (code: 'CHART_UPGRADE_NOT_RENDERED' | 'CHART_PARTLY_RENDERED', text: string) => void;
  signal?: AbortSignal | undefined;
}

export interface Chart {
  /** Folder or .tgz on this machine. */
  path: string;
  /** In the image, for messages. */
  name: string;
  release: string;
  contents: ChartContents;
  /** Values files of its own, before those for all. */
  values: readonly string[];
  /** `--set a=b` and the like, as words. */
  set?: readonly string[];
  namespace?: string | undefined;
}

/**
 * Everything the chart may install, one text for each way it is rendered. What it renders in an upgrade is a help: charts
 * that look for what the first installation made (passwords) cannot be rendered so, and are none the worse for it.
 * @throws DISCOVER_HELM_MISSING, DISCOVER_CHART_FAILED, DISCOVER_CHART_DEPENDENCIES
 */
export async function renderChart(chart: Chart, options: RenderOptions): Promise<string[]> {
  const switches = options.allSubcharts ? subchartSwitches(chart.contents) : [];
  const texts: string[] = [];
  for (const version of options.kubeVersions?.length ? options.kubeVersions : [undefined]) {
    const words = version === undefined ? [] : ['--kube-version', version];
    texts.push(...(await renderSwitched(chart, words, switches, options)));
    if (!chart.contents.asksForUpgrade) continue;
    texts.push(
      ...(await renderSwitched(chart, [...words, '--is-upgrade'], switches, options).catch((cause) =>
        asWarning(cause, 'CHART_UPGRADE_NOT_RENDERED', 'as an upgrade', options),
      )),
    );
  }
  return texts;
}

/** All sub-charts at once; where they exclude each other, one after the other. */
async function renderSwitched(
  chart: Chart,
  words: readonly string[],
  switches: readonly string[],
  options: RenderOptions,
): Promise<string[]> {
  const set = (names: readonly string[]) => names.flatMap((name) => ['--set', `${name}=true`]);
  try {
    return [await template(chart, [...words, ...set(switches)], options)];
  } catch (cause) {
    if (switches.length === 0 || !isChartFailure(cause)) throw cause;
    const texts = [await template(chart, words, options)];
    for (const one of switches)
      texts.push(
        ...(await template(chart, [...words, ...set([one])], options).then(
          (text) => [text],
          (failure) => asWarning(failure, 'CHART_PARTLY_RENDERED', `with ${one} switched on`, options),
        )),
      );
    return texts;
  }
}

function asWarning(
  cause: unknown,
  code: 'CHART_UPGRADE_NOT_RENDERED' | 'CHART_PARTLY_RENDERED',
  how: string,
  { onWarning }: RenderOptions,
): string[] {
  if (!isChartFailure(cause)) throw cause;
  onWarning?.(
    code,
    `${how}, ${cause.message}; images that only this needs are not found: list them in manifests/imageList`,
  );
  return [];
}

export function isChartFailure(cause: unknown): cause is SealerError {
  return SealerError.is(cause) && /^DISCOVER_CHART_(FAILED|KUBE_VERSION)$/.test(cause.code);
}

async function template(chart: Chart, more: readonly string[], options: RenderOptions): Promise<string> {
  const words = ['template', chart.release, chart.path, '--include-crds', ...more];
  const namespace = chart.namespace ?? options.namespace;
  if (namespace !== undefined) words.push('--namespace', namespace);
  for (const version of options.apiVersions ?? []) words.push('--api-versions', version);
  for (const file of [...chart.values, ...(options.values ?? [])]) words.push('--values', file);
  words.push(...(chart.set ?? []));
  try {
    return await runProgram([await options.helm(), ...words], { limit: 256 * 1024 * 1024, signal: options.signal });
  } catch (cause) {
    options.signal?.throwIfAborted();
    // helm is taken out of the image for this.
    if (isOutOfRoom(cause)) throw cause;
    throw chartError(chart, options, cause);
  }
}

function chartError({ name }: Chart, { kubeVersionOrigin }: RenderOptions, cause: unknown): SealerError {
  if (isProgramMissing(cause)) return discoverErrors.DISCOVER_HELM_MISSING({ chart: name }, { cause });
  const said = saidBy(cause);
  const missing = /missing in charts\/ directory: (.+)/.exec(said)?.[1];
  if (missing) return discoverErrors.DISCOVER_CHART_DEPENDENCIES({ chart: name, missing }, { cause });
  const lines = said.split('\n').map((line) => line.trim());
  const reason = lines
    .filter((line) => line && !/^(level=|walk\.go|Use --debug)/.test(line))
    .slice(-6)
    .join(' ')
    .replace(/^Error: /, '');
  const refused = /incompatible with Kubernetes (v?[\w.+-]+)/.exec(reason)?.[1];
  if (refused === undefined) return discoverErrors.DISCOVER_CHART_FAILED({ chart: name, reason }, { cause });
  const origin = kubeVersionOrigin ?? 'the program helm, since neither the image nor a flag says one';
  return discoverErrors.DISCOVER_CHART_KUBE_VERSION({ chart: name, reason, version: refused, origin }, { cause });
}
