/** Whether the documents of an image can be read at all: what kubectl or helm will refuse on a host is refused here. */
import pLimit from 'p-limit';
import type { SealerError } from '../errors/sealer-error.js';
import { type ChartSource, type DiscoverFile, findCharts, isInChart } from './charts.js';
import { discoverErrors, together } from './discover-errors.js';
import { documentProblems, jsonProblem } from './document-problems.js';
import { type DocumentProblem, readDocument } from './document-text.js';
import { isManifestPath } from './manifest-path.js';

export interface DocumentWarning {
  code: 'MANIFEST_TEMPLATE' | 'MANIFEST_EMPTY' | 'MANIFEST_NO_OBJECT' | 'MANIFEST_DUPLICATE_KEY';
  text: string;
}

export interface CheckOptions {
  /** Manifests that lie elsewhere and are applied. */
  applied?: ReadonlySet<string>;
  charts?: readonly ChartSource[];
  /** Applications of which every file is applied. */
  kubeApps?: readonly string[];
}

/** Of a chart, what is read as it is; templates are helm's. */
const chartFile = /^(charts\/[^/]+\/)*(Chart|values|requirements|crds\/.+)\.ya?ml$/;
const valuesFile = /^application\/values\//;
/** Written for a program that makes a document of it. */
const templateName = /\.(tmpl|tpl|j2|jinja2?|gotmpl|template)(\.ya?ml)?$/;
const templateSigns = /\{\{|\{%|<%|\$\{|__[A-Z]+__/;

/** @throws MANIFEST_INVALID with its place; of several, all */
export async function checkDocuments(
  given: readonly DiscoverFile[],
  { applied = new Set(), charts = findCharts(given), kubeApps = [] }: CheckOptions = {},
): Promise<DocumentWarning[]> {
  const files = [...new Map(given.map((file) => [file.path, file])).values()];
  const errors: SealerError[] = [];
  const warnings: DocumentWarning[] = [];
  const isApplied = (path: string) =>
    applied.has(path) || kubeApps.some((name) => path.startsWith(`application/apps/${name}/`));
  const limit = pLimit(8);
  const outcomes = await Promise.all(
    files.map((file) =>
      limit(async () => await checkFile(file, kindOf(file.path, charts, applied), isApplied(file.path))),
    ),
  );
  for (const outcome of outcomes) {
    errors.push(...outcome.errors);
    warnings.push(...outcome.warnings);
  }
  if (errors.length > 0) throw together(errors);
  return warnings;
}

type Kind = 'manifest' | 'values' | undefined;

function kindOf(path: string, charts: readonly ChartSource[], applied: ReadonlySet<string>): Kind {
  const chart = charts.find((one) => isInChart(one, path));
  if (chart) return path !== chart.path && chartFile.test(path.slice(chart.path.length + 1)) ? 'values' : undefined;
  if (valuesFile.test(path)) return 'values';
  return isManifestPath(path) || applied.has(path) ? 'manifest' : undefined;
}

async function checkFile({ path, source }: DiscoverFile, kind: Kind, isApplied: boolean) {
  const found: { errors: SealerError[]; warnings: DocumentWarning[] } = { errors: [], warnings: [] };
  if (!kind) return found;
  const isJson = /\.json(\.tmpl)?$/.test(path);
  const { text, problem } = await readDocument(source);
  const refuse = ({ line, column, reason }: DocumentProblem) =>
    found.errors.push(discoverErrors.MANIFEST_INVALID({ reason }, { position: { file: path, line, column } }));
  const warn = (code: DocumentWarning['code'], said: string) => found.warnings.push({ code, text: said });
  if (problem) {
    // Data in JSON may be of any size and kind.
    if (!isJson) refuse(problem);
    return found;
  }
  const mayBeTemplate = templateName.test(path) || templateSigns.test(text);
  const doubt = ({ line, column, reason }: DocumentProblem) =>
    warn(
      'MANIFEST_TEMPLATE',
      `${path}:${line}:${column}: ${reason}; it looks like a template, and its images are looked for as far as it can be read`,
    );
  if (isJson) {
    const wrong = /"kind"\s*:/.test(text) ? jsonProblem(text) : undefined;
    if (wrong) (mayBeTemplate ? doubt : refuse)(wrong);
    return found;
  }
  const isTemplate = templateName.test(path);
  const { wrong, twice, isEmpty, noObjects } = documentProblems(text, isTemplate);
  for (const one of wrong) (mayBeTemplate ? doubt : refuse)(one);
  for (const { line, column, reason } of twice)
    warn(
      'MANIFEST_DUPLICATE_KEY',
      `${path}:${line}:${column}: ${reason}; kubectl and helm take the last and say nothing`,
    );
  if (isEmpty && kind === 'manifest' && !isTemplate)
    warn('MANIFEST_EMPTY', `${path} holds no document; \`kubectl apply\` of it alone fails`);
  if (isApplied && wrong.length === 0 && !/(^|\/)kustomization\.ya?ml$/.test(path))
    for (const line of noObjects)
      warn('MANIFEST_NO_OBJECT', `${path}:${line}: it has no apiVersion and kind, and kubectl refuses to apply it`);
  return found;
}
