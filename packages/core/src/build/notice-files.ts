/** What a build remembers of the files of a new layer: documents, lists of images, and where images may be named. */
import { readFile } from 'node:fs/promises';
import type { LayerEntry } from '../context/layer-entry.js';
import { parseIgnoredImages } from '../discover/ignored-images.js';
import type { BuildState } from './build-state.js';
import { readDocuments } from './documents.js';

/** By the names that the Kubefile gives them, where links of the rootfs lead elsewhere. */
export async function noticeFiles(state: BuildState, layer: readonly LayerEntry[]): Promise<void> {
  const arranged = layer.map(({ seenAs, ...entry }) => (seenAs === undefined ? entry : { ...entry, path: seenAs }));
  Object.assign(state.documents, await readDocuments(arranged));
  const list = arranged.find((entry) => entry.path === 'manifests/imageList');
  if (list?.source) state.imageList = { text: await readFile(list.source, 'utf8'), file: list.path };
  for (const { path, kind, source } of arranged)
    if (kind === 'file' && source !== undefined) state.files.push({ path, source });
  const ignored = arranged.find((entry) => entry.path === 'manifests/ignoredImageList');
  if (ignored?.source) state.ignored.push(...parseIgnoredImages(await readFile(ignored.source, 'utf8'), ignored.path));
}

/** Files that a layer removes, or brings anew, are no longer those that were noticed. */
export function forgetFiles(state: BuildState, isGone: (path: string) => boolean): void {
  state.files = state.files.filter(({ path }) => !isGone(path));
  for (const path of Object.keys(state.documents)) if (isGone(path)) delete state.documents[path];
  if (state.imageList && isGone('manifests/imageList')) delete state.imageList;
  if (isGone('manifests/ignoredImageList')) state.ignored = [];
}
