/** A Helm chart as the documents it would install, by the program helm. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { discoverErrors } from './discover-errors.js';

const run = promisify(execFile);

export interface RenderOptions {
  /** The program; asked for when there is a chart. */
  helm: () => Promise<string>;
  /** Kubernetes version charts are told, without `v`. */
  kubeVersion?: string | undefined;
  /** Values files, later ones win. */
  values?: readonly string[] | undefined;
  /** Switches every sub-chart on. */
  allSubcharts?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** @param chart folder or .tgz @param name for messages. @throws DISCOVER_HELM_MISSING, DISCOVER_CHART_FAILED */
export async function renderChart(chart: string, name: string, options: RenderOptions): Promise<string> {
  const words = ['template', 'release', chart, '--include-crds'];
  if (options.kubeVersion) words.push('--kube-version', options.kubeVersion);
  for (const file of options.values ?? []) words.push('--values', file);
  if (options.allSubcharts) for (const condition of await conditions(chart)) words.push('--set', `${condition}=true`);
  try {
    const { stdout } = await run(await options.helm(), words, {
      maxBuffer: 256 * 1024 * 1024,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return stdout;
  } catch (cause) {
    options.signal?.throwIfAborted();
    const { code, stderr, message } = cause as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') throw discoverErrors.DISCOVER_HELM_MISSING({ chart: name }, { cause });
    const reason = (stderr || message).trim().split('\n').slice(-3).join(' ');
    throw discoverErrors.DISCOVER_CHART_FAILED({ chart: name, reason }, { cause });
  }
}

/** What switches the dependencies of a chart on: conditions and tags of its Chart.yaml. A .tgz says nothing. */
async function conditions(chart: string): Promise<string[]> {
  const text = await readFile(join(chart, 'Chart.yaml'), 'utf8').catch(() => '');
  const { dependencies = [] } = (parse(text) ?? {}) as {
    dependencies?: { condition?: string; tags?: string[]; name?: string }[];
  };
  return dependencies.flatMap(({ condition, tags = [] }) => [
    ...(condition ? [(condition.split(',')[0] as string).trim()] : []),
    ...tags.map((tag) => `tags.${tag}`),
  ]);
}
