/** What can be named in one rootfs layer: packages, Go programs, charts. One pass, the layer is not unpacked. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'yaml';
import type { Digest } from '../image/descriptor.js';
import { imageErrors } from '../image/image-errors.js';
import { uncompressedBytes } from '../rootfs/uncompressed-layer.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import { readTar, type TarEntry, TarError } from '../tar/read-tar.js';
import { tooDeep } from '../text/yaml-shape.js';
import { type GoBuildInfo, GoBuildInfoFinder } from './go-build-info.js';
import { databaseAt, type OsPackage, parseDatabase } from './package-databases.js';

export interface Chart {
  name: string;
  version?: string;
  appVersion?: string;
}

/** What one file of the rootfs contributes. */
export interface FileFindings {
  packages?: OsPackage[];
  program?: GoBuildInfo & { digest: Digest };
  charts?: Chart[];
}

/** A later layer replaces files, and removes them by whiteouts (OCI layer.md). */
export interface LayerFindings {
  files: Map<string, FileFindings>;
  /** Paths that are gone, with all below them. */
  removed: string[];
  /** Folders of which nothing of the layers below is left. */
  emptied: string[];
  /** Every other file: it may replace one that had something. */
  plain: Set<string>;
}

const elf = Buffer.from('\x7fELF', 'latin1');
/** Databases and charts; a distribution's whole status has a few MiB. */
const textLimit = 32 * 1024 * 1024;

/** @throws BLOB_MISSING, BLOB_DAMAGED, ARCHIVE_INVALID when it is no layer */
export async function scanLayer(
  store: BlobStore,
  digest: Digest,
  options: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
): Promise<LayerFindings> {
  const found: LayerFindings = { files: new Map(), removed: [], emptied: [], plain: new Set() };
  try {
    for await (const entry of readTar(uncompressedBytes(store, digest, options.onBytes))) {
      options.signal?.throwIfAborted();
      const path = entry.name.replace(/^(\.?\/)+/, '').replace(/\/$/, '');
      const slash = path.lastIndexOf('/') + 1;
      const name = path.slice(slash);
      if (name === '.wh..wh..opq') found.emptied.push(path.slice(0, slash));
      else if (name.startsWith('.wh.')) found.removed.push(path.slice(0, slash) + name.slice('.wh.'.length));
      else if (entry.type === 'file') {
        const findings = await scanFile(path, entry);
        if (findings) found.files.set(path, findings);
        else found.plain.add(path);
      }
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!(cause instanceof TarError) && !code?.startsWith('Z_')) throw cause;
    await checkBlob(store, digest);
    throw imageErrors.ARCHIVE_INVALID({ archive: `layer ${digest}`, reason: message }, { cause });
  }
  return found;
}

async function scanFile(path: string, entry: TarEntry): Promise<FileFindings | undefined> {
  const manager = databaseAt(path);
  const isChart = /(^|\/)Chart\.yaml$/.test(path);
  const isArchive = /(^|\/)charts\/.*\.tgz$/.test(path) || /^application\/apps\/.*\.tgz$/.test(path);
  if ((manager || isChart || isArchive) && entry.size <= textLimit) {
    const bytes = await readWhole(entry);
    if (manager) return { packages: parseDatabase(manager, bytes.toString('utf8')) };
    return chartFindings(isChart ? [readChart(bytes)] : await chartsInArchive(bytes));
  }
  return await scanProgram(entry);
}

async function scanProgram({ content }: TarEntry): Promise<FileFindings | undefined> {
  let finder: GoBuildInfoFinder | undefined;
  const hash = createHash('sha256');
  let first = true;
  for await (const chunk of content) {
    if (first && chunk.length >= elf.length && chunk.subarray(0, elf.length).equals(elf))
      finder = new GoBuildInfoFinder();
    first = false;
    // What is left of a file that is no program is skipped by the next entry.
    if (!finder) return undefined;
    hash.update(chunk);
    finder.push(chunk);
  }
  return finder?.found ? { program: { ...finder.found, digest: `sha256:${hash.digest('hex')}` } } : undefined;
}

async function readWhole({ content }: TarEntry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

function chartFindings(charts: readonly (Chart | undefined)[]): FileFindings | undefined {
  const known = charts.filter((chart) => chart !== undefined);
  return known.length > 0 ? { charts: known } : undefined;
}

/** Also of the charts a packed chart brings along. A damaged one is somebody else's error to report. */
async function chartsInArchive(bytes: Buffer): Promise<(Chart | undefined)[]> {
  const charts: (Chart | undefined)[] = [];
  try {
    const plain = Readable.from([bytes], { objectMode: false }).pipe(createGunzip());
    for await (const entry of readTar(plain))
      if (/(^|\/)Chart\.yaml$/.test(entry.name) && entry.size <= textLimit)
        charts.push(readChart(await readWhole(entry)));
  } catch {
    return [];
  }
  return charts;
}

function readChart(bytes: Buffer): Chart | undefined {
  try {
    const text = bytes.toString('utf8');
    // The parser ends the process on what is nested too deep.
    if (tooDeep(text) !== undefined) return undefined;
    const { name, version, appVersion } = (parse(text) ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') return undefined;
    return {
      name,
      ...(version === undefined ? {} : { version: String(version) }),
      ...(appVersion === undefined ? {} : { appVersion: String(appVersion) }),
    };
  } catch {
    return undefined;
  }
}
