/** What a build remembers of the files of a new layer: documents, lists of images, and where images may be named. */
import { readFile } from 'node:fs/promises';
import type { LayerEntry } from '../context/layer-entry.js';
import { readDocument } from '../discover/document-text.js';
import { parseIgnoredImages } from '../discover/ignored-images.js';
import { imageErrors } from '../image/image-errors.js';
import type { BuildState } from './build-state.js';
import { readDocuments } from './documents.js';

/** Ours, and those of sealos. */
const imageList = /^(manifests\/imageList|images\/shim\/(?!\.)[^/]+)$/;

/** By the names that the Kubefile gives them, where links of the rootfs lead elsewhere. */
export async function noticeFiles(state: BuildState, layer: readonly LayerEntry[]): Promise<void> {
  const arranged = layer.map(({ seenAs, ...entry }) => (seenAs === undefined ? entry : { ...entry, path: seenAs }));
  Object.assign(state.documents, await readDocuments(arranged));
  for (const { path, kind, source } of arranged)
    if (kind === 'file' && source !== undefined && imageList.test(path))
      state.imageLists[path] = await readList(path, source);
  for (const { path, kind, source } of arranged)
    if (kind === 'file' && source !== undefined) state.files.push({ path, source });
  const ignored = arranged.find((entry) => entry.path === 'manifests/ignoredImageList');
  if (ignored?.source) state.ignored.push(...parseIgnoredImages(await readFile(ignored.source, 'utf8'), ignored.path));
}

/** @throws IMAGE_LIST_INVALID */
async function readList(path: string, source: string): Promise<string> {
  const { text, problem } = await readDocument(source);
  if (!problem) return text;
  const { line, column, reason } = problem;
  throw imageErrors.IMAGE_LIST_INVALID({ text: path, reason }, { position: { file: path, line, column } });
}

/** Files that a layer removes, or brings anew, are no longer those that were noticed. */
export function forgetFiles(state: BuildState, isGone: (path: string) => boolean): void {
  state.files = state.files.filter(({ path }) => !isGone(path));
  for (const path of Object.keys(state.documents)) if (isGone(path)) delete state.documents[path];
  for (const path of Object.keys(state.imageLists)) if (isGone(path)) delete state.imageLists[path];
  if (isGone('manifests/ignoredImageList')) state.ignored = [];
}
