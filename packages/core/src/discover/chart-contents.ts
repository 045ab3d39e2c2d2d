/** What a Helm chart says of itself and its sub-charts, read from its files; archives are unpacked in memory. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'yaml';
import { readTar } from '../tar/read-tar.js';
import { tooDeep } from '../text/yaml-shape.js';

export interface ChartContents {
  name: string;
  version: string;
  /** Library charts are used by others, and cannot be rendered. */
  isLibrary: boolean;
  dependencies: { name: string; alias?: string; condition?: string; tags?: string[] }[];
  /** Sub-charts that are there, whether switched on or not. */
  charts: ChartContents[];
  /** Renders something else in an upgrade than in an installation. */
  asksForUpgrade: boolean;
  /** Its values.yaml; the path is below the outermost chart. */
  values: { path: string; text: string }[];
  /** Text of the annotation artifacthub.io/images. */
  announced: string;
}

/** By path below the chart's folder. */
export type ChartFiles = ReadonlyMap<string, Buffer>;

const wanted = /^(Chart|values|requirements)\.yaml$|^templates\/|^charts\//;
/** Of one archive, unpacked: charts are a thousandth of it. */
const largest = 64 * 1024 * 1024;

/** Whether a file of a chart is needed to know it. */
export function isOfInterest(path: string): boolean {
  return wanted.test(path) && !/\/crds\//.test(path);
}

/** @param below what stands before the paths of values. @throws Error when Chart.yaml cannot be read */
export async function readChart(files: ChartFiles, below = ''): Promise<ChartContents> {
  const said = mapping(files.get('Chart.yaml'));
  const required = (said.dependencies ?? mapping(files.get('requirements.yaml')).dependencies ?? []) as unknown;
  const children = await Promise.all(
    [...subcharts(files)].map(async ([folder, inner]) => await readChart(inner, `${below}charts/${folder}/`)),
  );
  for (const [path, bytes] of files)
    if (/^charts\/[^/]+\.tgz$/.test(path))
      children.push(await readChart(await unpackChart(Readable.from([bytes])), `${below}${path}/`));
  const templates = [...files].filter(([path]) => path.startsWith('templates/'));
  const annotations = (said.annotations ?? {}) as Record<string, unknown>;
  const values = files.get('values.yaml');
  return {
    name: String(said.name ?? ''),
    version: String(said.version ?? ''),
    isLibrary: said.type === 'library',
    dependencies: Array.isArray(required) ? (required as ChartContents['dependencies']) : [],
    charts: children,
    asksForUpgrade:
      templates.some(([, bytes]) => bytes.includes('.IsUpgrade')) || children.some((child) => child.asksForUpgrade),
    values: [
      ...(values ? [{ path: `${below}values.yaml`, text: values.toString('utf8') }] : []),
      ...children.flatMap((child) => child.values),
    ],
    announced: [String(annotations['artifacthub.io/images'] ?? ''), ...children.map((child) => child.announced)].join(
      '\n',
    ),
  };
}

/** Undefined when it is an archive of something else. */
export async function readChartArchive(path: string): Promise<ChartContents | undefined> {
  const files = await unpackChart(createReadStream(path));
  return files.has('Chart.yaml') ? await readChart(files) : undefined;
}

/** The files of a chart's .tgz, without its outermost folder. */
async function unpackChart(packed: Readable): Promise<ChartFiles> {
  const files = new Map<string, Buffer>();
  const gunzip = createGunzip();
  packed.once('error', (cause) => gunzip.destroy(cause));
  packed.pipe(gunzip);
  let total = 0;
  try {
    for await (const entry of readTar(gunzip)) {
      const path = entry.name.replace(/^(\.\/)?[^/]+\//, '');
      if (entry.type !== 'file' || !isOfInterest(path)) continue;
      total += entry.size;
      if (total > largest) throw new Error(`it unpacks to more than ${largest} bytes`);
      const pieces: Buffer[] = [];
      for await (const piece of entry.content) pieces.push(piece);
      files.set(path, Buffer.concat(pieces));
    }
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
  return files;
}

/** The files of each folder in charts/ that is a chart. */
function subcharts(files: ChartFiles): Map<string, Map<string, Buffer>> {
  const found = new Map<string, Map<string, Buffer>>();
  for (const [path, bytes] of files) {
    const [, folder, rest] = /^charts\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (folder === undefined || rest === undefined || !files.has(`charts/${folder}/Chart.yaml`)) continue;
    found.set(folder, (found.get(folder) ?? new Map()).set(rest, bytes));
  }
  return found;
}

function mapping(bytes: Buffer | undefined): Record<string, unknown> {
  const text = bytes?.toString('utf8') ?? '';
  // The parser ends the process on what is nested too deep.
  if (tooDeep(text) !== undefined) throw new Error('it is nested too deep');
  const value: unknown = parse(text, { logLevel: 'silent' });
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
