/**
 * Image references, after the grammar of distribution/reference (reference.go, normalize.go):
 *   reference := [domain "/"] path [":" tag] ["@" digest]
 * A short name is completed as Docker does: `nginx` is `docker.io/library/nginx:latest`.
 */
import type { Digest } from './descriptor.js';
import { isDigest } from './digest.js';
import { imageErrors } from './image-errors.js';
import { looksLikeDomain } from './registry-of-name.js';

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domainPattern = new RegExp(`^(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
/** Domain and path together (distribution's NameTotalLengthMax). */
const nameLimit = 255;

export interface Reference {
  /** `docker.io`, `registry.example:5000`, `[::1]:5000`. */
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** `domain/path`. */
  readonly name: string;
  /** The full text; parsing it gives the same reference. */
  toString(): string;
}

/** Reads and completes a reference. Without tag and digest the tag is `latest`. @throws IMAGE_REFERENCE_INVALID */
export function parseReference(text: string): Reference {
  const fail = (reason: string) => imageErrors.IMAGE_REFERENCE_INVALID({ text, reason });
  if (text === '') throw fail('it is empty');
  if (/^[0-9a-f]{64}$/.test(text)) throw fail('64 hex digits alone are an image id; write sha256: before a digest');

  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw fail('it has more than one @');
  if (digest !== undefined && !isDigest(digest))
    throw fail(`the digest ${JSON.stringify(digest)} is not sha256:<64 hex digits>`);

  const { domain, remainder } = splitDomain(beforeDigest);
  const colon = remainder.indexOf(':');
  const path = colon < 0 ? remainder : remainder.slice(0, colon);
  const tag = colon < 0 ? undefined : remainder.slice(colon + 1);
  // A port of 99999 and the address 300.1.1.1 have the form of a domain, and are in no URL.
  if (!domainPattern.test(domain) || !URL.canParse(`https://${domain}`))
    throw fail(`${JSON.stringify(domain)} is not a registry's domain`);
  if (path === '' || path === 'library/') throw fail('it has no repository path');
  if (path.toLowerCase() !== path) throw fail(`the path ${JSON.stringify(path)} has upper-case letters`);
  if (!pathPattern.test(path)) throw fail(`the path ${JSON.stringify(path)} has characters that are not allowed`);
  if (tag !== undefined && !tagPattern.test(tag)) throw fail(`the tag ${JSON.stringify(tag)} is not allowed`);
  if (domain.length + 1 + path.length > nameLimit) throw fail(`its name is longer than ${nameLimit} characters`);
  return makeReference(domain, path, tag ?? (digest === undefined ? 'latest' : undefined), digest);
}

/**
 * A name that an image is to get: with a tag, and without a digest, which nobody can choose.
 * @throws IMAGE_REFERENCE_INVALID
 */
export function parseNewName(text: string): Reference {
  const reference = parseReference(text);
  if (reference.digest === undefined) return reference;
  throw imageErrors.IMAGE_REFERENCE_INVALID({ text, reason: 'a new name cannot have a digest' });
}

/** The same repository with another tag, or none, and this digest, or none. */
export function withVersion(
  reference: Reference,
  version: { tag?: string | undefined; digest?: Digest | undefined },
): Reference {
  return makeReference(reference.domain, reference.path, version.tag, version.digest);
}

function makeReference(domain: string, path: string, tag: string | undefined, digest: Digest | undefined): Reference {
  const name = `${domain}/${path}`;
  const text = `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  return {
    domain,
    path,
    name,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    toString: () => text,
  };
}

/** What stands before the first slash is a domain only when it looks like one: `a/b` is on docker.io, `a.b/c` is not. */
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isDomain = slash >= 0 && looksLikeDomain(first);
  const domain = !isDomain ? 'docker.io' : first === 'index.docker.io' ? 'docker.io' : first;
  const remainder = !isDomain ? text : text.slice(slash + 1);
  const needsLibrary = domain === 'docker.io' && !remainder.includes('/');
  return { domain, remainder: needsLibrary ? `library/${remainder}` : remainder };
}
