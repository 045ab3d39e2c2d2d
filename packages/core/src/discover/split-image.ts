/** An image that a mapping splits: `{registry, repository, tag, digest}`, as values of charts and custom resources do. */
import { couldBeImage, hasVersion, isTemplate } from './found-image.js';
import { composed } from './image-settings.js';

export type ReadText = (name: string) => string | undefined;

export interface SplitImage {
  /** The field that stands for it. */
  field: string;
  image: string;
  unversioned?: boolean;
}

/** What a chart, a Git repository or a mirror is told by, and no image. */
const otherFields = ['chart', 'path', 'branch', 'revision', 'targetRevision', 'ref', 'git', 'url', 'repoURL'];
const imageFields = ['registry', 'pullPolicy', 'imagePullPolicy', 'pullSecrets', 'imagePullSecrets', 'digest'];

/** @param key of the mapping @param has whether the mapping has a field, whatever is in it */
export function splitImage(read: ReadText, key: string, has: (name: string) => boolean): SplitImage | undefined {
  const first = (names: readonly string[]) => names.map(read).find(Boolean);
  const registry = first(['registry', 'imageRegistry']);
  const tag = first(['tag', 'imageTag', 'version']);
  const digest = first(['digest', 'sha', 'sha256']);
  const whole = read('image');
  const holder = read('repository') ? 'repository' : 'repo';
  const repository = read(holder);
  if (otherFields.some(has)) return undefined;
  const isVersioned = ['tag', 'imageTag', 'version', 'digest'].some(has);
  if (repository && whole && !hasVersion(whole)) {
    // {repository: nvcr.io/nvidia, image: driver, version: 1}
    if (!isVersioned) return undefined;
    return { field: 'image', ...composed({ registry, repository: `${repository}/${whole}`, tag, digest }) };
  }
  if (repository && (couldBeImage(repository) || isTemplate(repository))) {
    const isImage = /image/i.test(key) || imageFields.some(has) || /^[^/]+\.[^/]+\//.test(repository);
    if (!isImage) return undefined;
    if (hasVersion(repository)) return { field: holder, image: repository };
    return { field: holder, ...composed({ registry, repository, tag, digest }) };
  }
  // {image: rook/ceph, tag: v1} and {image: {name: x, tag: y}}
  const named = whole ? 'image' : /image$/i.test(key) ? 'name' : undefined;
  const name = named === undefined ? undefined : read(named);
  if (!named || !name || hasVersion(name) || !(couldBeImage(name) || isTemplate(name))) return undefined;
  const tagNames = ['tag', 'imageTag', ...(named === 'name' ? ['version'] : [])];
  if (![...tagNames, 'digest', 'sha', 'sha256'].some(has)) return undefined;
  return { field: named, ...composed({ registry, repository: name, tag: first(tagNames), digest }) };
}
