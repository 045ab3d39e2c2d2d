/** A container image in a `docker save` archive, as the source of an image that is bundled. */
import { resolve } from 'node:path';
import { imageErrors } from '../image/image-errors.js';
import { parseReference, type Reference } from '../image/reference.js';
import type { ContentSource } from '../store/content-source.js';
import { archiveEntries } from './archive-entries.js';
import { DockerArchiveFiles, type DockerManifestEntry } from './docker-archive-files.js';
import { type ArchiveSourceOptions, requireSource, storeSource } from './oci-archive-source.js';

/** @throws BUNDLE_SOURCE_MISSING, BUNDLE_SOURCE_AMBIGUOUS, ARCHIVE_INVALID */
export async function openDockerArchiveSource(
  path: string,
  reference: Reference,
  options: ArchiveSourceOptions,
): Promise<ContentSource> {
  const source = `docker-archive:${path}`;
  const file = resolve(options.baseDirectory, path);
  await requireSource(file, source, reference);
  const files = new DockerArchiveFiles(options.store, source);
  for await (const entry of archiveEntries(file, options.signal)) await files.take(entry);
  const chosen = chooseEntry(files.entries(), reference, source);
  return storeSource(source, await files.image(chosen), options.store);
}

function chooseEntry(entries: DockerManifestEntry[], reference: Reference, source: string): DockerManifestEntry {
  const wanted = `${reference.name}:${reference.tag ?? 'latest'}`;
  const named = entries.filter((entry) => entry.RepoTags?.some((tag) => parseReference(tag).toString() === wanted));
  const chosen = named[0] ?? (entries.length === 1 ? entries[0] : undefined);
  if (chosen) return chosen;
  const candidates = entries.map((entry) => entry.RepoTags?.join(', ') ?? entry.Config);
  throw imageErrors.BUNDLE_SOURCE_AMBIGUOUS({ name: reference.toString(), source, candidates });
}
