/** What a delta archive says of itself (docs/image-format.md, "Deltas"): a JSON document, checked before it is believed. */
import type { Digest } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { deltaErrors } from './delta-errors.js';

export const deltaMediaType = 'application/vnd.sealer.delta.v1+json';
/** Folder in the archive that holds the document and the patches, each under the hex digits of its digest. */
export const deltaFolder = 'vnd.sealer.delta/';
/** Annotation of a descriptor in index.json: digest of the document. */
export const deltaAnnotation = 'vnd.sealer.delta.document';
/** Of an index in a delta: the manifests of it that were there when it was saved, by digest, blanks between them. */
export const manifestsAnnotation = 'vnd.sealer.delta.manifests';
/** Bytes. 100,000 changed files in scattered places need about 2 MiB. */
export const documentLimit = 32 * 1024 * 1024;

/** How the layer's tar becomes its blob again. */
export type LayerCompression =
  | { kind: 'none' }
  /** gzip in members of fixed size, as `sealer build` makes them. */
  | { kind: 'members' }
  /** One gzip member by zlib with these parameters; header and trailer as in the blob, base64. */
  | { kind: 'zlib'; level: number; memLevel: number; header: string; trailer: string };

/** Bytes of the uncompressed tar of a layer of the base. */
export interface LayerSource {
  layer: Digest;
  /** Offset and length, by offset, none overlapping. */
  ranges: [number, number][];
}

export interface RebuiltLayer {
  digest: Digest;
  /** Bytes of the blob. */
  size: number;
  /** Bytes of the tar. */
  tarSize: number;
  compression: LayerCompression;
  /** Laid end to end they are the old space that the patch copies from. */
  sources: LayerSource[];
  patch: { digest: Digest; size: number };
  /** Bytes of the patch's three parts, each compressed by brotli: what to do, differences, new bytes. */
  parts: [number, number, number];
}

export interface WholeLayer {
  digest: Digest;
  size: number;
  reason: string;
}

export interface DeltaDocument {
  schemaVersion: 1;
  mediaType: typeof deltaMediaType;
  /** The compressor the digests were proven with: `zlib 1.3.0 x64`. */
  compressor: string;
  layers: RebuiltLayer[];
  /** New layers that are in the archive as they are. */
  whole: WholeLayer[];
}

/** The compressor of this process. */
export const compressorHere = `zlib ${process.versions.zlib} ${process.arch}`;

/** @throws DELTA_INVALID */
export function parseDeltaDocument(bytes: Buffer, archive: string): DeltaDocument {
  const check = (holds: boolean, reason: string) => {
    if (!holds) throw deltaErrors.DELTA_INVALID({ archive, reason });
  };
  let value: DeltaDocument;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw deltaErrors.DELTA_INVALID({ archive, reason: 'its description is not JSON' }, { cause });
  }
  check(value?.schemaVersion === 1, `it is of version ${JSON.stringify(value?.schemaVersion)}, not 1`);
  check(value.mediaType === deltaMediaType, `its description is ${JSON.stringify(value.mediaType)}`);
  check(typeof value.compressor === 'string', 'it does not name its compressor');
  check(Array.isArray(value.layers), 'it has no list of layers');
  for (const layer of value.layers) checkLayer(layer, check);
  return value;
}

type Check = (holds: boolean, reason: string) => void;
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

function checkLayer(layer: RebuiltLayer, check: Check): void {
  check(isDigest(layer?.digest), 'a layer has no digest');
  const bad = `the row of layer ${layer.digest} is damaged`;
  check(isCount(layer.size) && isCount(layer.tarSize), bad);
  check(isDigest(layer.patch?.digest) && isCount(layer.patch.size), bad);
  check(Array.isArray(layer.parts) && layer.parts.length === 3 && layer.parts.every(isCount), bad);
  check(layer.parts.reduce((sum, size) => sum + size, 0) === layer.patch.size, bad);
  check(isCompression(layer.compression), `the compression of layer ${layer.digest} is not known here`);
  check(Array.isArray(layer.sources), bad);
  const seen = new Set<string>();
  for (const source of layer.sources) {
    check(isDigest(source?.layer) && Array.isArray(source.ranges) && !seen.has(source.layer), bad);
    seen.add(source.layer);
    let end = 0;
    // In order and apart: what is read of a layer is never more than the layer.
    for (const range of source.ranges) {
      check(Array.isArray(range) && range.length === 2 && range.every(isCount) && range[0] >= end, bad);
      end = range[0] + range[1];
    }
  }
}

function isCompression(value: LayerCompression | undefined): boolean {
  if (value?.kind === 'none' || value?.kind === 'members') return true;
  if (value?.kind !== 'zlib') return false;
  const { level, memLevel, header, trailer } = value;
  const inRange = (number: unknown, most: number) => isCount(number) && 1 <= Number(number) && Number(number) <= most;
  return inRange(level, 9) && inRange(memLevel, 9) && typeof header === 'string' && typeof trailer === 'string';
}
