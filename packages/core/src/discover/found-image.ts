/** An image reference that was found, and where; and which texts may be one. */
export interface FoundImage {
  /** As written, or put together from its parts. */
  image: string;
  /** `application/apps/web/web.yaml:12`; for a chart: the chart, and the template the image is in. */
  origin: string;
}

/** Why something that looks like an image is not carried. */
export const suspectReasons = {
  elsewhere: 'looks like an image and stands where none is looked for',
  unapplied: 'stands in a manifest that nothing seen here applies',
  unversioned: 'names an image whose version is chosen elsewhere',
  template: 'is known only when it is installed',
  test: 'is of a test hook, which installing does not run',
  off: 'is not used with the values the chart is rendered with',
} as const;
export type SuspectReason = keyof typeof suspectReasons;

export interface Suspect extends FoundImage {
  reason: SuspectReason;
}

export interface Discovery {
  images: FoundImage[];
  suspects: Suspect[];
}

const domain = '(?:[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+(?::\\d+)?|localhost(?::\\d+)?|[a-zA-Z0-9-]+:\\d+)';
const path = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*';
const digest = '@sha256:[0-9a-f]{64}';
const tag = ':\\w[\\w.-]{0,127}';
const whole = new RegExp(`^(?:${domain}/)?${path}(?:${tag})?(?:${digest})?$`);
const certain = new RegExp(`^${domain}/${path}(?:${tag}(?:${digest})?|${digest})$`);
const versioned = new RegExp(`(?:${tag}|${digest})$`);
const fileName = /\.(ya?ml|json|tgz|tar|gz|zip|html?|png|svg|jpe?g|gif|ico|sh|conf|toml|sock|git|md)(:|$)/;
const longest = 400;

/** May be one: for places that say they hold an image. */
export function couldBeImage(text: string): boolean {
  return text.length < longest && whole.test(text) && !fileName.test(text);
}

/** Has a domain, a path, and a tag or digest: hardly anything else does. */
export function isCertainlyImage(text: string): boolean {
  return text.length < longest && certain.test(text) && !fileName.test(text);
}

/** Has a tag or digest. */
export function hasVersion(text: string): boolean {
  return versioned.test(text.slice(text.lastIndexOf('/') + 1));
}

/** More than one word: a name, and a repository or a version. */
export function isComposedName(text: string): boolean {
  return /[/:@]/.test(text);
}

/** A text that something else fills in before it names an image. */
export function isTemplate(text: string): boolean {
  return /\{\{|\$[({]|<no value>|%[sv]|__template__/.test(text);
}
