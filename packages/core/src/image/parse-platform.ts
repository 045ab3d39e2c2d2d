/** `linux/arm64` as a platform, in the spellings that containerd and docker read; what does not exist is an error. */
import { suggest } from '../errors/suggest.js';
import type { Platform } from './descriptor.js';
import { imageErrors } from './image-errors.js';
import { defaultPlatform, platformName } from './platform.js';

const systems =
  'linux windows darwin freebsd netbsd openbsd dragonfly solaris illumos aix android ios js plan9 wasip1 zos'.split(
    ' ',
  );
const ofLinux = 'amd64 arm64 arm 386 ppc64le ppc64 s390x riscv64 loong64 mips mipsle mips64 mips64le'.split(' ');
const ofOthers = [...ofLinux, 'wasm'];
const otherNames: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  i386: ['386'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};
const variants: Readonly<Record<string, RegExp>> = {
  amd64: /^v[1-4]$/,
  arm: /^v[5-8]$/,
  arm64: /^v[89](\.\d)?$/,
  ppc64le: /^power(8|9|10)$/,
  riscv64: /^rva\d\d[us]64$/,
};

/** @throws PLATFORM_UNKNOWN */
export function parsePlatform(text: string): Platform {
  const fail = (reason: string) => imageErrors.PLATFORM_UNKNOWN({ text, reason });
  const parts = text.trim().toLowerCase().split('/');
  if (parts.length > 3 || parts.some((part) => part === ''))
    throw fail('it is not of the form OS/ARCH or OS/ARCH/VARIANT');
  // One word is a system, or an architecture of Linux.
  const [os = '', name, given] = parts.length > 1 ? parts : wordAlone(parts[0] as string);
  if (!systems.includes(os)) throw fail(`there is no system ${os}${meant(os, systems)}`);
  const architectures = os === 'linux' ? ofLinux : ofOthers;
  const [architecture, ownVariant] = Object.hasOwn(otherNames, name ?? '')
    ? (otherNames[name as string] as readonly [string, string?])
    : [name ?? ''];
  if (!architectures.includes(architecture))
    throw fail(`there is no architecture ${architecture} of ${os}${meant(architecture, architectures)}`);
  const variant = given === undefined ? ownVariant : /^\d/.test(given) ? `v${given}` : given;
  if (variant !== undefined && !variants[architecture]?.test(variant))
    throw fail(`${architecture} has no variant ${variant}`);
  // What every processor of the architecture is, is not said.
  const isUsual =
    variant === undefined || `${architecture}/${variant}` === 'arm64/v8' || `${architecture}/${variant}` === 'amd64/v1';
  return { os, architecture, ...(isUsual ? {} : { variant }) };
}

/** Each once. @throws PLATFORM_UNKNOWN for what no host of a cluster is */
export function checkTargets(platforms: readonly Platform[]): Platform[] {
  const wanted = platforms.length > 0 ? platforms : [defaultPlatform()];
  const byName = new Map(wanted.map((platform) => [platformName(platform), parsePlatform(platformName(platform))]));
  for (const [text, { os }] of byName)
    if (os !== 'linux') throw imageErrors.PLATFORM_UNKNOWN({ text, reason: `hosts of a cluster run Linux, not ${os}` });
  const targets = [...new Map([...byName.values()].map((platform) => [platformName(platform), platform])).values()];
  const twice = targets.find(
    ({ architecture }, at) => targets.findIndex((one) => one.architecture === architecture) < at,
  );
  if (!twice) return targets;
  const reason =
    'another variant of it is built as well, and an index of cluster images tells architectures apart alone';
  throw imageErrors.PLATFORM_UNKNOWN({ text: platformName(twice), reason });
}

function wordAlone(word: string): string[] {
  if (systems.includes(word)) return [word, defaultPlatform().architecture];
  return ofLinux.includes(word) || Object.hasOwn(otherNames, word) ? ['linux', word] : [word];
}

function meant(word: string, known: readonly string[]): string {
  const suggestion = word === '' ? undefined : suggest(word, known);
  return suggestion ? `; did you mean ${suggestion}?` : '';
}
