/** Which container images a build carries: those of its lists, and those its manifests and charts name. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { contextErrors } from '../context/context-errors.js';
import { discoverImages } from '../discover/discover-images.js';
import { type Suspect, type SuspectReason, suspectReasons } from '../discover/found-image.js';
import { type IgnoredImages, parseIgnoredImages } from '../discover/ignored-images.js';
import type { Emit } from '../events/events.js';
import { type ImageListEntry, parseImageList } from '../image/image-list.js';
import type { Credentials } from '../registry/user-credentials.js';
import { appValues } from './app-values.js';
import type { BuildState } from './build-state.js';
import { kubeVersions } from './kube-versions.js';
import { parseRegistryImageList, type RegistryImageList } from './registry-image-list.js';

/** How the images of a build are found; everything may be left out. */
export interface WantedOptions {
  /** Looks into manifests and charts for images to carry. Default true. */
  discover?: boolean | undefined;
  /** More images to carry: a file in the form of manifests/imageList; its paths start from the context. */
  imageList?: string | undefined;
  /** More images, with the credentials of their registries: build/registry-image-list.ts. */
  imageListWithAuth?: string | undefined;
  /** Images not to carry: discover/ignored-images.ts. */
  ignoredImageList?: string | undefined;
  /** Values files for rendering all charts, over those that APPVALUES gives. */
  chartValues?: readonly string[] | undefined;
  /** Renders charts with every sub-chart switched on. */
  allSubcharts?: boolean | undefined;
  /** Carries the images of charts' test hooks as well. */
  chartTests?: boolean | undefined;
  /** Kubernetes version charts are rendered for. Default: that of the image, or the ends of its KUBEVERSION. */
  kubeVersion?: string | undefined;
  /** API versions charts are told are there. */
  apiVersions?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

export interface WantedImages {
  entries: ImageListEntry[];
  /** By the full name of an image: in place of what the user has kept. */
  credentials: ReadonlyMap<string, Credentials>;
  suspects: Suspect[];
  ignored: IgnoredImages[];
}

const warnedOf: readonly SuspectReason[] = ['elsewhere', 'unversioned', 'template'];
const mostWarnings = 20;

/** Warns of what is not taken. @throws IMAGE_LIST_INVALID, IGNORED_IMAGE_INVALID, DISCOVER_... */
export async function wantedImages(
  state: BuildState,
  options: WantedOptions,
  helm: () => Promise<string>,
): Promise<WantedImages> {
  const wanted = await lookForImages(state, options, helm);
  const doubtful = wanted.suspects.filter(({ reason }) => warnedOf.includes(reason));
  const warn = (text: string) => options.emit?.({ type: 'message', level: 'warning', code: 'IMAGE_NOT_TAKEN', text });
  for (const { image, origin, reason } of doubtful.slice(0, mostWarnings))
    warn(`${origin}: ${image} ${suspectReasons[reason]}; name it in manifests/imageList if it is needed`);
  if (doubtful.length > mostWarnings) warn(`and ${doubtful.length - mostWarnings} more; \`sealer lint\` shows all`);
  return wanted;
}

/** What `sealer lint` shows as well. @param unused also looks for images of charts that other values would need */
export async function lookForImages(
  state: BuildState,
  options: WantedOptions,
  helm: () => Promise<string>,
  unused = false,
): Promise<WantedImages> {
  const { imageList, imageListWithAuth, ignoredImageList } = options;
  const withAuth: RegistryImageList =
    imageListWithAuth === undefined
      ? { entries: [], credentials: new Map() }
      : await parseRegistryImageList(await read(imageListWithAuth), imageListWithAuth);
  const listed = [
    ...(state.imageList ? parseImageList(state.imageList.text, state.imageList.file) : []),
    ...(imageList === undefined ? [] : nearby(parseImageList(await read(imageList), imageList), imageList)),
    ...nearby(withAuth.entries, imageListWithAuth ?? ''),
  ];
  const ignored = [
    ...state.ignored,
    ...(ignoredImageList === undefined ? [] : parseIgnoredImages(await read(ignoredImageList), ignoredImageList)),
  ];
  const entries = new Map<string, ImageListEntry>();
  // Lists say where an image comes from, so they go before what is discovered, and earlier lists before later ones.
  for (const entry of listed) {
    const name = String(entry.reference);
    if (!entries.has(name) && !ignored.some((one) => one.matches(name))) entries.set(name, entry);
  }
  const { credentials } = withAuth;
  if (options.discover === false) return { entries: [...entries.values()], credentials, suspects: [], ignored };
  const { images, suspects } = await discover(state, options, helm, ignored, unused);
  const carried = new Set(state.bundle.map(({ name }) => name));
  for (const { reference, origins } of images) {
    const name = String(reference);
    if (entries.has(name) || carried.has(name)) continue;
    entries.set(name, { reference, source: { kind: 'registry' }, origin: origins.join(', ') });
  }
  const isThere = ({ image }: Suspect) => entries.has(image) || carried.has(image);
  return { entries: [...entries.values()], credentials, suspects: suspects.filter((one) => !isThere(one)), ignored };
}

/** Where the folder of a list is on this machine is no part of the image: the same files give the same digest. */
function nearby(entries: readonly ImageListEntry[], file: string): ImageListEntry[] {
  return entries.map((entry) => ({ ...entry, origin: entry.origin.replace(file, basename(file)) }));
}

async function discover(
  state: BuildState,
  options: WantedOptions,
  helm: () => Promise<string>,
  ignored: readonly IgnoredImages[],
  unused: boolean,
) {
  const { files, elsewhere } = appValues(state);
  for (const app of elsewhere)
    options.emit?.({
      type: 'message',
      level: 'warning',
      code: 'CHART_NOT_RENDERED',
      text: `the chart of ${app} is of the image this one starts from and is not rendered again with the new values; list the images they need in manifests/imageList`,
    });
  const progress = (current: number, total: number) =>
    options.emit?.({
      type: 'progress',
      id: 'discover',
      title: 'render charts to find their images',
      current,
      total,
      unit: 'items',
      ...(current === total ? { done: true } : {}),
    });
  return await discoverImages(state.files, {
    helm,
    kubeVersions: kubeVersions(state, options.kubeVersion),
    apiVersions: options.apiVersions,
    values: options.chartValues,
    appValues: files,
    allSubcharts: options.allSubcharts,
    tests: options.chartTests,
    ignored,
    unused,
    onChart: progress,
    signal: options.signal,
  });
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw contextErrors.BUILD_CONTEXT_MISSING({ path, reason: cause.message }, { cause });
  });
}
