/**
 * Images in settings, which are names with texts: environment variables of operators (RELATED_IMAGE_X, X_IMAGE), entries of
 * ConfigMaps (queue-sidecar-image), fields (initImage), and pairs of them (X_IMAGE_REPOSITORY with X_IMAGE_TAG).
 */
import { couldBeImage, hasVersion, isCertainlyImage, isComposedName, isTemplate } from './found-image.js';

export interface Setting {
  name: string;
  /** Empty too where the text is not known. */
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
  return [...paired.map(({ parts: _, ...found }) => found), ...single];
}

/** One image, or several: `a:1,b:2`, lines of `3.7.0=quay.io/x/kafka:3.7.0`. */
function listed(text: string): string[] {
  if (text.length > 16_384) return [];
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  return parts.map((part) => part.replace(/^[\w.-]+=/, '').replace(/^docker:\/\//, ''));
}

interface Pair extends ImageInSetting {
  parts: Setting[];
}

function pairs(settings: readonly Setting[]): Pair[] {
  const byName = new Map(settings.map((setting) => [words(setting.name), setting]));
  const found: Pair[] = [];
  for (const name of byName.keys()) {
    const isVersion = [...placeWords.tag, ...placeWords.digest].some((word) => name.endsWith(`_${word}`));
    if (!isVersion) continue;
    const stem = name.replace(/_[a-z0-9]+$/, '');
    const about = aboutImage.test(stem) ? [stem] : [`${stem}_image`, stem];
    for (const base of about) {
      const holder = placeWords.repository
        .map((word) => byName.get(word ? `${base}_${word}` : base))
        .find((one) => one?.text && (couldBeImage(one.text) || isTemplate(one.text)) && !hasVersion(one.text));
      // Without the word image only what is plainly a repository is one.
      if (!holder || !(aboutImage.test(base) || (/repo/.test(words(holder.name)) && isComposedName(holder.text))))
        continue;
      if (!found.some(({ setting }) => setting === holder)) found.push(pair(holder, stem, base, byName));
      break;
    }
  }
  return found;
}

/** The name is none of an image for itself, whatever the version is. */
function pair(holder: Setting, stem: string, base: string, byName: ReadonlyMap<string, Setting>): Pair {
  const of = (places: readonly string[]) =>
    [...new Set([stem, base])].flatMap((one) => places.flatMap((word) => byName.get(`${one}_${word}`) ?? []));
  // A digest that is none is the commit something was built of.
  const [tags, digests] = [of(placeWords.tag), of(placeWords.digest)];
  const registry = byName.get(`${base}_registry`);
  const said = (all: readonly Setting[]) => all.find(({ text }) => text)?.text;
  const image = composed({
    registry: registry?.text,
    repository: holder.text,
    tag: said(tags),
    digest: said(digests.filter(({ text }) => /^@?(sha256:)?[0-9a-f]{64}$/.test(text) || !said(tags))),
  });
  return { setting: holder, ...image, parts: [holder, ...tags, ...digests, ...(registry ? [registry] : [])] };
}

/** What a part is written as that somebody still has to fill in. */
const placeholder =
  /^(<.*>|\[.*\]|@.*@|__.*__|%.*%|x{2,}|y{2,}|\.\.\.|\?+|(your|my|the)?[-_.]?(image)?[-_.]?(tag|version|digest|registry|repository|image)|change[-_ ]?me|replace[-_ ]?me.*|to[-_ ]?do|tbd|none|null|nil|undefined|n\/a|placeholder)$/i;

export function isPlaceholder(text: string): boolean {
  return placeholder.test(text);
}

/** The image of parts, as far as they are known; without a version it is none that could be carried. */
export function composed(parts: Parameters<typeof compose>[0]): { image: string; unversioned?: boolean } {
  const given = [parts.registry, parts.repository, parts.tag, parts.digest].filter(Boolean) as string[];
  const name = [parts.registry?.replace(/\/+$/, ''), parts.repository].filter(Boolean).join('/');
  const isOpen = [parts.tag, parts.digest].some((text) => text && isPlaceholder(text));
  if (given.some(isTemplate)) return { image: `${name}${parts.tag ? `:${parts.tag}` : ''}` };
  const image = (parts.tag || parts.digest) && !isOpen ? compose(parts) : undefined;
  return image ? { image } : { image: name, unversioned: true };
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
