/**
 * A container image in a `docker save` archive (image/spec of moby). It has a config and layer tars but no OCI manifest
 * with digests, so one is made: the same archive always gives the same manifest, its layers stay as they are.
 */
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { archiveEntries, compressionOf, readEntry } from './archive-entries.js';
import { smallBlobLimit } from './blob-files.js';
import type { ContentSource } from './content-source.js';
import type { Descriptor, ImageManifest } from './descriptor.js';
import { imageErrors } from './image-errors.js';
import { parseObject } from './manifest-document.js';
import { mediaTypes } from './media-types.js';
import { type ArchiveSourceOptions, requireSource, storeSource } from './oci-archive-source.js';
import { parseReference, type Reference } from './reference.js';

interface DockerManifestEntry {
  Config: string;
  RepoTags: string[] | null;
  Layers: string[];
}

interface StoredFile {
  descriptor: Descriptor;
  linkname?: string;
}

/** @throws BUNDLE_SOURCE_MISSING, BUNDLE_SOURCE_AMBIGUOUS, ARCHIVE_INVALID */
export async function openDockerArchiveSource(
  path: string,
  reference: Reference,
  options: ArchiveSourceOptions,
): Promise<ContentSource> {
  const source = `docker-archive:${path}`;
  const file = resolve(options.baseDirectory, path);
  await requireSource(file, source, reference);
  const { entries, find } = await readDockerArchive(file, source, options);
  const chosen = chooseEntry(entries, reference, source);
  const config: Descriptor = { ...find(chosen.Config), mediaType: mediaTypes.ociConfig };
  const layers = chosen.Layers.map(find);
  checkDiffIds(parseObject(await options.store.readSmallBlob(config.digest), config.digest), layers, source);
  const manifest: ImageManifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  const stored = await options.store.addBlob(Buffer.from(JSON.stringify(manifest)));
  return storeSource(source, { mediaType: mediaTypes.ociManifest, ...stored }, options.store);
}

/** Everything but the list of contents goes into the store; links of old archives are followed afterwards. */
async function readDockerArchive(file: string, source: string, { store, signal }: ArchiveSourceOptions) {
  const files = new Map<string, StoredFile | { linkname: string }>();
  let entries: DockerManifestEntry[] | undefined;
  for await (const entry of archiveEntries(file, signal)) {
    if (entry.type === 'symlink' || entry.type === 'link') {
      const base = entry.type === 'symlink' ? entry.name.split('/').slice(0, -1) : [];
      files.set(entry.name, { linkname: normalise([...base, ...entry.linkname.split('/')]) });
    } else if (entry.type === 'file' && entry.name === 'manifest.json') {
      entries = JSON.parse((await readEntry(entry, smallBlobLimit)).toString('utf8')) as DockerManifestEntry[];
    } else if (entry.type === 'file' && !/(^|\/)(json|VERSION|repositories|oci-layout|index\.json)$/.test(entry.name)) {
      files.set(entry.name, { descriptor: await storeFile(entry.content, store) });
    }
  }
  if (!Array.isArray(entries))
    throw imageErrors.ARCHIVE_INVALID({ archive: source, reason: 'it has no manifest.json' });
  const find = (name: string): Descriptor => {
    for (let seen = 0, at = name; seen < 8; seen++) {
      const found = files.get(at);
      if (!found) break;
      if ('descriptor' in found) return found.descriptor;
      at = found.linkname;
    }
    throw imageErrors.ARCHIVE_INVALID({ archive: source, reason: `${name}, named in its manifest.json, is not in it` });
  };
  return { entries, find };
}

async function storeFile(content: AsyncGenerator<Buffer>, store: ArchiveSourceOptions['store']): Promise<Descriptor> {
  let head: Buffer = Buffer.alloc(0);
  const watched = (async function* () {
    for await (const piece of content) {
      if (head.length < 6) head = Buffer.concat([head, piece.subarray(0, 6)]);
      yield piece;
    }
  })();
  const stored = await store.addBlob(Readable.from(watched, { objectMode: false }));
  return { mediaType: compressionOf(head) === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayer, ...stored };
}

function chooseEntry(entries: DockerManifestEntry[], reference: Reference, source: string): DockerManifestEntry {
  const wanted = `${reference.name}:${reference.tag ?? 'latest'}`;
  const named = entries.filter((entry) => entry.RepoTags?.some((tag) => parseReference(tag).toString() === wanted));
  const chosen = named[0] ?? (entries.length === 1 ? entries[0] : undefined);
  if (chosen && typeof chosen.Config === 'string' && Array.isArray(chosen.Layers)) return chosen;
  const candidates = entries.map((entry) => entry.RepoTags?.join(', ') ?? entry.Config);
  throw imageErrors.BUNDLE_SOURCE_AMBIGUOUS({ name: reference.toString(), source, candidates });
}

/** The config names the layers by the digests of their uncompressed bytes: so the archive's order can be checked. */
function checkDiffIds(config: Record<string, unknown>, layers: readonly Descriptor[], source: string): void {
  const diffIds = (config.rootfs as { diff_ids?: unknown } | undefined)?.diff_ids;
  if (!Array.isArray(diffIds) || diffIds.length !== layers.length) {
    const reason = `its manifest.json has ${layers.length} layers, its config ${Array.isArray(diffIds) ? diffIds.length : 'none'}`;
    throw imageErrors.ARCHIVE_INVALID({ archive: source, reason });
  }
  for (const [at, layer] of layers.entries()) {
    if (layer.mediaType !== mediaTypes.ociLayer || layer.digest === diffIds[at]) continue;
    const reason = `layer ${at + 1} has digest ${layer.digest}, its config says ${diffIds[at]}`;
    throw imageErrors.ARCHIVE_INVALID({ archive: source, reason });
  }
}

function normalise(parts: string[]): string {
  const result: string[] = [];
  for (const part of parts) {
    if (part === '..') result.pop();
    else if (part !== '.' && part !== '') result.push(part);
  }
  return result.join('/');
}
