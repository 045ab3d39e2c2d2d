/** Which container images a build carries: those of its lists, and those its manifests and charts name. */
import { readFile } from 'node:fs/promises';
import { discoverImages } from '../discover/discover-images.js';
import type { FoundImage } from '../discover/found-image.js';
import { imageLabels } from '../image/cluster-config.js';
import { type ImageListEntry, parseImageList } from '../image/image-list.js';
import { buildErrors } from './build-errors.js';
import type { BuildOptions } from './build-image.js';
import type { BuildState } from './build-state.js';
import { imageNames } from './image-names.js';

type Options = Pick<
  BuildOptions,
  'discover' | 'imageList' | 'ignoredImageList' | 'chartValues' | 'allSubcharts' | 'signal' | 'emit'
>;

/** Lists say where an image comes from, so they go before what is discovered. @throws IMAGE_LIST_INVALID, DISCOVER_... */
export async function wantedImages(
  state: BuildState,
  options: Options,
  helm: () => Promise<string>,
): Promise<ImageListEntry[]> {
  const { entries, suspects } = await lookForImages(state, options, helm);
  for (const { image, origin } of suspects)
    options.emit?.({
      type: 'message',
      level: 'warning',
      code: 'IMAGE_NOT_TAKEN',
      text: `${origin}: ${image} looks like an image and is not carried; name it in manifests/imageList if it is needed`,
    });
  return entries;
}

/** What `sealer lint` shows as well. */
export async function lookForImages(
  state: BuildState,
  options: Options,
  helm: () => Promise<string>,
): Promise<{ entries: ImageListEntry[]; suspects: FoundImage[] }> {
  const read = (path: string) =>
    readFile(path, 'utf8').catch((cause: Error) => {
      throw buildErrors.BUILD_CONTEXT_MISSING({ path, reason: cause.message }, { cause });
    });
  const { imageList, ignoredImageList } = options;
  const listed = [
    ...(state.imageList ? parseImageList(state.imageList.text, state.imageList.file) : []),
    ...(imageList === undefined ? [] : parseImageList(await read(imageList), imageList)),
  ];
  const entries = new Map<string, ImageListEntry>();
  for (const entry of listed) if (!entries.has(String(entry.reference))) entries.set(String(entry.reference), entry);
  if (options.discover === false) return { entries: [...entries.values()], suspects: [] };
  const ignored = [
    ...state.ignored,
    ...(ignoredImageList === undefined ? [] : imageNames(await read(ignoredImageList))),
  ];
  const version = state.labels[imageLabels.runtimeVersion]?.replace(/^v/, '');
  const { images, suspects } = await discoverImages(
    state.files,
    {
      helm,
      kubeVersion: version,
      values: options.chartValues,
      allSubcharts: options.allSubcharts,
      signal: options.signal,
    },
    ignored,
  );
  const carried = new Set(state.bundle.map(({ name }) => name));
  for (const { reference, origins } of images) {
    const name = String(reference);
    if (entries.has(name) || carried.has(name)) continue;
    entries.set(name, { reference, source: { kind: 'registry' }, origin: origins.join(', ') });
  }
  return { entries: [...entries.values()], suspects: suspects.filter(({ image }) => !entries.has(image)) };
}
