/** An image reference that was found, and where. */
export interface FoundImage {
  /** As written, or put together from its parts. */
  image: string;
  /** `application/apps/web/web.yaml:12`; for a chart: the chart, and the template the image is in. */
  origin: string;
}

export interface Discovery {
  images: FoundImage[];
  /** Strings that look like images and stand where none is looked for. */
  suspects: FoundImage[];
}

const domain = '(?:[a-z0-9-]+(?:\\.[a-z0-9-]+)+(?::\\d+)?|localhost(?::\\d+)?)';
const path = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*';
const version = '(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?';
const whole = new RegExp(`^(?:${domain}/)?${path}${version}$`);
const certain = new RegExp(`^${domain}/${path}(?::[\\w][\\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$`);

/** May be one: for places that say they hold an image. */
export function couldBeImage(text: string): boolean {
  return text.length < 400 && whole.test(text);
}

/** Has a domain, a path, and a tag or digest: hardly anything else does. */
export function isCertainlyImage(text: string): boolean {
  return text.length < 400 && certain.test(text) && !/\.(ya?ml|json|tgz|zip|html?)(:|$)/.test(text);
}
