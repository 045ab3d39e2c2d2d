/** How RUN is executed on this machine, and whether programs of the image's architecture can be. */
import { arch } from 'node:os';
import type { Platform } from '../image/descriptor.js';
import { defaultPlatform, platformName } from '../image/platform.js';
import { findProgram } from '../rootfs/find-program.js';
import { handlerFor } from './binfmt.js';
import { runErrors } from './run-errors.js';

export const isolations = ['oci', 'crun', 'runc', 'chroot'] as const;
/** `oci` is the first runtime found; `chroot` is a root folder of its own, without a runtime. */
export type Isolation = (typeof isolations)[number];

export type Runtime = { kind: 'crun' | 'runc'; path: string } | { kind: 'chroot'; path: string };

/** @param wanted default: SEALER_BUILD_ISOLATION, else oci. @throws RUN_ISOLATION_UNKNOWN */
export function chosenIsolation(wanted: string | undefined): Isolation {
  const value = wanted ?? process.env.SEALER_BUILD_ISOLATION ?? '';
  if (value === '') return 'oci';
  const found = isolations.find((isolation) => isolation === value);
  if (!found) throw runErrors.RUN_ISOLATION_UNKNOWN({ value, known: isolations });
  return found;
}

/** @throws RUN_RUNTIME_MISSING */
export async function findRuntime(isolation: Isolation): Promise<Runtime> {
  if (isolation === 'chroot') return { kind: 'chroot', path: 'chroot' };
  const looked = isolation === 'oci' ? (['crun', 'runc'] as const) : ([isolation] as const);
  for (const kind of looked) {
    const path = await findProgram(kind);
    if (path !== undefined) return { kind, path };
  }
  throw runErrors.RUN_RUNTIME_MISSING({ looked });
}

/** @throws RUN_PLATFORM_FOREIGN */
export async function requireExecutable(platform: Platform): Promise<void> {
  const here = defaultPlatform().architecture;
  if (platform.os === 'linux' && platform.architecture === here) return;
  if (platform.architecture === '386' && here === 'amd64') return;
  const handler = await handlerFor(platform.architecture);
  if (handler.found) return;
  throw runErrors.RUN_PLATFORM_FOREIGN({ platform: platformName(platform), machine: arch(), reason: handler.reason });
}
