/**
 * Images in a `docker save` archive (image/spec of moby). They have a config and layer tars but no OCI manifest with
 * digests, so one is made: the same archive always gives the same manifest, its layers stay as they are.
 */
import { Readable } from 'node:stream';
import type { Descriptor, Digest, ImageManifest } from '../image/descriptor.js';
import { isDigest } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { parseObject } from '../image/manifest-document.js';
import { mediaTypes } from '../image/media-types.js';
import { firstBytes } from '../rootfs/uncompressed-layer.js';
import { smallBlobLimit } from '../store/blob-files.js';
import type { BlobStore } from '../store/store.js';
import type { TarEntry } from '../tar/read-tar.js';
import { compressionOf, readEntry } from './archive-entries.js';

/** A row of manifest.json. */
export interface DockerManifestEntry {
  Config: string;
  RepoTags: string[] | null;
  Layers: string[] | null;
}

const layoutBlob = /^blobs\/sha256\/([0-9a-f]{64})$/;
/** By the first bytes of a layer; the others have no media type of OCI. */
const layerTypes: Readonly<Record<string, string>> = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

export class DockerArchiveFiles {
  readonly #store: BlobStore;
  readonly #archive: string;
  readonly #files = new Map<string, Descriptor | { linkname: string }>();
  #manifest: unknown;

  /** @param archive its name in messages */
  constructor(store: BlobStore, archive: string) {
    this.#store = store;
    this.#archive = archive;
  }

  /** Everything but the list of contents goes into the store; links of old archives are followed afterwards. */
  async take(entry: TarEntry): Promise<void> {
    if (entry.type === 'symlink' || entry.type === 'link') {
      const base = entry.type === 'symlink' ? entry.name.split('/').slice(0, -1) : [];
      this.#files.set(entry.name, { linkname: normalise([...base, ...entry.linkname.split('/')]) });
    } else if (entry.type === 'file' && entry.name === 'manifest.json') {
      const text = (await readEntry(entry, smallBlobLimit)).toString('utf8');
      try {
        this.#manifest = JSON.parse(text);
      } catch (cause) {
        throw this.#invalid('its manifest.json is not JSON', cause);
      }
    } else if (entry.type === 'file' && !/(^|\/)(json|VERSION|repositories|oci-layout|index\.json)$/.test(entry.name)) {
      this.#files.set(entry.name, await this.#storeFile(entry.content));
    }
  }

  /** Links are part of these archives, and of no layout. */
  get firstLink(): string | undefined {
    for (const [name, file] of this.#files) if ('linkname' in file) return name;
    return undefined;
  }

  /** Rows of manifest.json. @throws ARCHIVE_INVALID when there is none */
  entries(): DockerManifestEntry[] {
    const rows = this.#manifest;
    if (!Array.isArray(rows)) throw this.#invalid('it has no manifest.json');
    if (rows.length === 0) throw this.#invalid('it holds no image');
    for (const row of rows as Partial<DockerManifestEntry>[])
      if (typeof row?.Config !== 'string' || !isStrings(row.Layers ?? []) || !isStrings(row.RepoTags ?? []))
        throw this.#invalid('a row of its manifest.json is damaged');
    return rows as DockerManifestEntry[];
  }

  /** Whether there is a manifest.json: newer archives of docker are a layout as well. */
  get isThere(): boolean {
    return this.#manifest !== undefined;
  }

  /** The digest of the config of a row. */
  configOf({ Config }: DockerManifestEntry): Digest {
    return this.#find(Config).digest;
  }

  /** Writes the manifest of an image into the store. @throws ARCHIVE_INVALID */
  async image({ Config, Layers }: DockerManifestEntry): Promise<Descriptor> {
    const config: Descriptor = { ...(await this.#described(Config)), mediaType: mediaTypes.ociConfig };
    const layers: Descriptor[] = [];
    for (const name of Layers ?? []) layers.push(await this.#layer(name));
    this.#checkDiffIds(parseObject(await this.#store.readSmallBlob(config.digest), config.digest), layers);
    const manifest: ImageManifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
    const stored = await this.#store.addBlob(Buffer.from(JSON.stringify(manifest)));
    return { mediaType: mediaTypes.ociManifest, ...stored };
  }

  async #described(name: string): Promise<Descriptor> {
    const found = this.#find(name);
    const size = await this.#store.blobSize(found.digest);
    if (size === undefined) throw this.#invalid(`${name}, named in its manifest.json, is not in it`);
    return { ...found, size };
  }

  async #layer(name: string): Promise<Descriptor> {
    const found = await this.#described(name);
    const format = compressionOf(await firstBytes(this.#store, found.digest, 6));
    const mediaType = layerTypes[format];
    if (mediaType !== undefined) return { ...found, mediaType };
    const archive = `${name} in ${this.#archive}`;
    throw imageErrors.ARCHIVE_UNSUPPORTED({ archive, seen: `compressed by ${format}` });
  }

  #find(name: string): Pick<Descriptor, 'mediaType' | 'digest' | 'size'> {
    for (let seen = 0, at = name; seen < 8; seen++) {
      const found = this.#files.get(at);
      if (!found) break;
      if ('digest' in found) return found;
      at = found.linkname;
    }
    // Of a layout the blobs went into the store under their digests.
    const digest = `sha256:${layoutBlob.exec(name)?.[1]}`;
    if (isDigest(digest)) return { mediaType: mediaTypes.ociLayer, digest, size: 0 };
    throw this.#invalid(`${name}, named in its manifest.json, is not in it`);
  }

  async #storeFile(content: AsyncGenerator<Buffer>): Promise<Descriptor> {
    return { mediaType: '', ...(await this.#store.addBlob(Readable.from(content, { objectMode: false }))) };
  }

  /** The config names the layers by the digests of their uncompressed bytes: so the archive's order can be checked. */
  #checkDiffIds(config: Record<string, unknown>, layers: readonly Descriptor[]): void {
    // Go writes none as null.
    const diffIds = (config.rootfs as { diff_ids?: unknown } | undefined)?.diff_ids ?? [];
    if (!Array.isArray(diffIds) || diffIds.length !== layers.length) {
      const said = Array.isArray(diffIds) ? diffIds.length : 'none';
      throw this.#invalid(`its manifest.json has ${layers.length} layers, its config ${said}`);
    }
    for (const [at, layer] of layers.entries()) {
      if (layer.mediaType !== mediaTypes.ociLayer || layer.digest === diffIds[at]) continue;
      throw this.#invalid(`layer ${at + 1} has digest ${layer.digest}, its config says ${diffIds[at]}`);
    }
  }

  #invalid(reason: string, cause?: unknown) {
    return imageErrors.ARCHIVE_INVALID({ archive: this.#archive, reason }, { cause });
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function normalise(parts: string[]): string {
  const result: string[] = [];
  for (const part of parts) {
    if (part === '..') result.pop();
    else if (part !== '.' && part !== '') result.push(part);
  }
  return result.join('/');
}
