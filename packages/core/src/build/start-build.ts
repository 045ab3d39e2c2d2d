/** What a build starts from: its Kubefile, and the image that FROM names. */

import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { contextErrors } from '../context/context-errors.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Platform } from '../image/descriptor.js';
import { parsePlatform } from '../image/parse-platform.js';
import { defaultPlatform, platformName } from '../image/platform.js';
import { fillWord } from '../kubefile/fill-word.js';
import type { Instruction } from '../kubefile/instructions.js';
import { parseKubefile } from '../kubefile/parse.js';
import { presentImage } from '../registry/present-image.js';
import type { LoadedImage } from '../store/store.js';
import { requireTrusted } from '../trust/require-trusted.js';
import { canRefuse, type TrustSettings } from '../trust/trust-settings.js';
import { buildErrors } from './build-errors.js';
import type { BuildOptions } from './build-options.js';

export interface Kubefile {
  path: string;
  text: string;
  instructions: Instruction[];
}

/** @throws BUILD_CONTEXT_MISSING, KUBEFILE_INVALID */
export async function readKubefile(options: Pick<BuildOptions, 'context' | 'kubefile'>): Promise<Kubefile> {
  const path = options.kubefile ?? join(options.context, 'Kubefile');
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw contextErrors.BUILD_CONTEXT_MISSING({ path, reason: cause.message }, { cause });
  });
  return { path, text, instructions: parseKubefile(text, displayName(path)) };
}

type ParentOptions = Pick<BuildOptions, 'buildArgs' | 'store' | 'emit'>;

/** @param trust what the policy asks of the image FROM names; its programs may be executed by RUN */
export async function parentImage(
  instructions: readonly Instruction[],
  options: ParentOptions,
  platform: Platform,
  trust?: TrustSettings,
): Promise<LoadedImage | undefined> {
  return await atParent(instructions, options, platform, async (image) => {
    const parent = await options.store.open(image, platform);
    if (trust && canRefuse(trust)) await requireTrusted(options.store, parent, trust, options.emit);
    return parent;
  });
}

/** Pulls the image FROM names as `pull` has it. One platform after the other: each pull makes the name whole. */
export async function pullParents(
  instructions: readonly Instruction[],
  options: ParentOptions & Pick<BuildOptions, 'access' | 'pull' | 'trust' | 'signal'>,
  platforms: readonly Platform[],
): Promise<void> {
  const { store, access, pull, trust, signal, emit } = options;
  for (const platform of platforms)
    await atParent(instructions, options, platform, async (image) => {
      await presentImage(store, image, { ...access, pull, platform, signal, emit, ...(trust ? { trust } : {}) });
    });
}

/** Does something with what FROM names; an error gets FROM's place. Nothing for `scratch`. */
async function atParent<T>(
  instructions: readonly Instruction[],
  options: ParentOptions,
  platform: Platform,
  work: (image: string) => Promise<T>,
): Promise<T | undefined> {
  const args: Record<string, string> = {
    ARCH: platform.architecture,
    TARGETPLATFORM: platformName(platform),
    BUILDPLATFORM: platformName(defaultPlatform()),
  };
  for (const instruction of instructions) {
    const fill = (text: string) => fillWord(text, args, instruction);
    try {
      if (instruction.keyword === 'ARG')
        args[instruction.name] = options.buildArgs?.[instruction.name] ?? fill(instruction.value ?? '');
      if (instruction.keyword !== 'FROM') continue;
      const image = fill(instruction.image);
      if (instruction.platform !== undefined) checkPlatform(fill(instruction.platform), platform);
      if (image === 'scratch') return undefined;
      return await work(image);
    } catch (cause) {
      throw SealerError.is(cause) ? cause.at(instruction.position) : cause;
    }
  }
  return undefined;
}

/** The layers of an image for another platform are no part of one for this. */
function checkPlatform(text: string, target: Platform): void {
  const { os, architecture, variant } = parsePlatform(text);
  const isSame = os === target.os && architecture === target.architecture && variant === target.variant;
  if (!isSame) throw buildErrors.BUILD_PLATFORM_DIFFERS({ from: text, target: platformName(target) });
}

function displayName(path: string): string {
  const near = relative(process.cwd(), path);
  return isAbsolute(path) && !near.startsWith('..') ? near : path;
}
