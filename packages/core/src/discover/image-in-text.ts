/**
 * Images in the settings that a ConfigMap holds, as values or in lines of text: nothing there says that it is an image, so
 * that only what can hardly be anything else is one.
 */
import { isCertainlyImage } from './found-image.js';

/** Prefixes of labels, annotations and API groups. */
const groupDomain = /(^|\.)(kubernetes\.io|k8s\.io|openshift\.io|x-k8s\.io)$/;
const registriesOfGroups =
  /^(registry|gcr|us\.gcr|eu\.gcr|asia\.gcr)\.k8s\.io$|^k8s\.gcr\.io$|^(quay|registry\.ci|registry\.build\d+\.ci)\.openshift\.io$/;
/** How files are mounted, and what comes behind the colon of a place in a file. */
const otherTags = /^(ro|rw|z|Z|true|false|yes|no|on|off|none)$/;
const address = /^\d{1,3}(\.\d{1,3}){3}$/;
const packageDomain = /^(org|com|net|io|dev)\./;

/** @param text a whole value */
export function isPlainlyImage(text: string): boolean {
  if (!isCertainlyImage(text)) return false;
  const [authority = '', ...rest] = text.split('/');
  const [domain = '', port] = authority.split(':');
  const path = rest.join('/');
  const [, repository = '', tag = ''] = /^([^:@]+)(?::([^@]+))?/.exec(path) ?? [];
  if (groupDomain.test(domain) && !registriesOfGroups.test(domain)) return false;
  // A version or a date before the slash; a network or a fraction around it.
  const isName =
    /\.[a-z][a-z0-9-]+$/i.test(domain) || address.test(domain) || (port !== undefined && /[a-z]/i.test(domain));
  if (!isName || /^\d+$/.test(repository)) return false;
  // org.acme/artifact:1 of Maven, which no registry is called as.
  if (packageDomain.test(domain) && !/\.(com|net|org|io|dev|cn|de)$/.test(domain)) return false;
  return !otherTags.test(tag);
}

const name = String.raw`["']?[\w./-]+["']?(?:\[[^\]]*\])?`;
const image = String.raw`["']?([^\s"',;]+)["']?`;
const line = new RegExp(
  `^\\s*(?:-\\s+|export\\s+|set\\s+)*(?:${name}\\s*(?::\\s|:?=)\\s*)?${image}\\s*[,;]?\\s*(?:#.*)?$`,
);

/** The image that a line of settings gives as its value: `key: image`, `key = "image"`, `- image`. */
export function imageOfLine(text: string): string | undefined {
  const found = line.exec(text)?.[1]?.replace(/^docker:\/\//, '');
  return found !== undefined && isPlainlyImage(found) ? found : undefined;
}
