/**
 * Images in settings, which are names with texts: environment variables of operators (RELATED_IMAGE_X, X_IMAGE), entries of
 * ConfigMaps (queue-sidecar-image), fields (initImage), and pairs of them (X_IMAGE_REPOSITORY with X_IMAGE_TAG).
 */
import { couldBeImage, hasVersion, isCertainlyImage, isComposedName } from './found-image.js';

export interface Setting {
  name: string;
  text: string;
}

export interface ImageInSetting {
  /** Of which setting; of pairs, that with the repository. */
  setting: Setting;
  image: string;
  unversioned?: boolean;
}

const aboutImage = /(^|_)images?(_|$)/;
/** IMAGE_PULL_POLICY, IMAGE_REGISTRY, IMAGES_DIR: about images, and none. */
const aboutOther =
  /(^|_)(pull|policy|secrets?|registry|registries|dir|path|format|type|size|mode|regex|pattern|repo|repository|tag|version|digest|sha|sha256|limit|count|interval|timeout|scanner|gc|mirror|base|endpoint|url)(_|$)/;
const placeWords = {
  repository: ['repository', 'repo', 'name', ''],
  tag: ['tag', 'version'],
  digest: ['digest', 'sha', 'sha256'],
};

/** `queue-sidecar-image`, `initImage`, `RELATED_IMAGE_DB` as words between underscores. */
export function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[-.\s/]+/g, '_')
    .toLowerCase();
}

export function saysImage(name: string): boolean {
  const text = words(name);
  return aboutImage.test(text) && !aboutOther.test(text);
}

/** @param anyName takes what is certainly an image under other names too: environments and arguments hold little else. */
export function imagesInSettings(settings: readonly Setting[], anyName: boolean): ImageInSetting[] {
  const paired = pairs(settings);
  const rest = settings.filter((setting) => !paired.some(({ parts }) => parts.includes(setting)));
  const single = rest.flatMap((setting) => {
    const isNamed = saysImage(setting.name);
    const isBase = /(^|_)base_image(_|$)/.test(words(setting.name));
    return listed(setting.text).flatMap((image): ImageInSetting[] => {
      if (isBase && couldBeImage(image) && isComposedName(image))
        return [{ setting, image, ...(hasVersion(image) ? {} : { unversioned: true }) }];
      if (isNamed ? couldBeImage(image) && isComposedName(image) : anyName && isCertainlyImage(image))
        return [{ setting, image }];
      return [];
    });
  });
  return [...paired.map(({ setting, image }) => ({ setting, image })), ...single];
}

/** One image, or several: `a:1,b:2`, lines of `3.7.0=quay.io/x/kafka:3.7.0`. */
function listed(text: string): string[] {
  if (text.length > 16_384) return [];
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  return parts.map((part) => part.replace(/^[\w.-]+=/, '').replace(/^docker:\/\//, ''));
}

function pairs(settings: readonly Setting[]): { setting: Setting; image: string; parts: Setting[] }[] {
  const byName = new Map(settings.map((setting) => [words(setting.name), setting]));
  const found: { setting: Setting; image: string; parts: Setting[] }[] = [];
  for (const [name, version] of byName) {
    const kind = (['tag', 'digest'] as const).find((one) => placeWords[one].some((word) => name.endsWith(`_${word}`)));
    if (!kind || !version.text) continue;
    const stem = name.replace(/_[a-z0-9]+$/, '');
    const about = aboutImage.test(stem) ? [stem] : [`${stem}_image`, stem];
    for (const base of about) {
      const holder = placeWords.repository
        .map((word) => byName.get(word ? `${base}_${word}` : base))
        .find((one) => one?.text && couldBeImage(one.text) && !hasVersion(one.text));
      // Without the word image only what is plainly a repository is one.
      if (!holder || !(aboutImage.test(base) || (/repo/.test(words(holder.name)) && isComposedName(holder.text))))
        continue;
      if (found.some(({ setting }) => setting === holder)) break;
      const registry = byName.get(`${base}_registry`);
      const image = compose({
        registry: registry?.text,
        repository: holder.text,
        [kind]: version.text,
      });
      if (image) found.push({ setting: holder, image, parts: [holder, version, ...(registry ? [registry] : [])] });
      break;
    }
  }
  return found;
}

/** One reference of its parts; undefined when that is none. */
export function compose(parts: {
  registry?: string | undefined;
  repository: string;
  tag?: string | undefined;
  digest?: string | undefined;
}): string | undefined {
  const { registry, repository, tag, digest } = parts;
  const hex = digest?.replace(/^@?(sha256:)?/, '');
  const name = [registry?.replace(/\/+$/, ''), repository].filter(Boolean).join('/');
  const image = `${name}${tag ? `:${tag}` : ''}${hex ? `@sha256:${hex}` : ''}`;
  return couldBeImage(image) ? image : undefined;
}
