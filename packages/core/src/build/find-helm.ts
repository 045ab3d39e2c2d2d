/** The program helm: of this machine, of the files of the build, or out of the image it starts from. */
import { randomUUID } from 'node:crypto';
import { access, chmod, constants, copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { RootfsLayer } from '../image/cluster-config.js';
import type { Platform } from '../image/descriptor.js';
import { digestOf, hexOf } from '../image/digest.js';
import { defaultPlatform } from '../image/platform.js';
import { programSucceeds } from '../program/run-program.js';
import { checkBlob } from '../store/check-blob.js';
import type { BlobStore } from '../store/store.js';
import type { BuildState } from './build-state.js';

const inImage = 'bin/helm';

/** `helm` when there is none: starting it then says so. @param directory where a program from an image is kept */
export async function findHelm(
  state: BuildState,
  store: BlobStore,
  platform: Platform,
  directory: string,
): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    if (await isProgram(join(folder, 'helm'))) return join(folder, 'helm');
  // Programs for another architecture cannot be started here.
  if (platform.architecture !== defaultPlatform().architecture) return 'helm';
  const own = state.files.findLast(({ path }) => path === inImage);
  if (own) return (await isProgram(own.source)) ? own.source : await asProgram(own.source, directory);
  for (const layer of [...state.layers].reverse()) {
    const path = await fromLayer(layer, store, directory);
    if (path !== undefined) return path;
  }
  return 'helm';
}

/** What ADD has fetched gets its mode in the image. */
async function asProgram(source: string, directory: string): Promise<string> {
  const { size, mtimeMs } = await stat(source);
  const target = join(directory, `helm-${hexOf(digestOf(Buffer.from(`${source} ${size} ${mtimeMs}`))).slice(0, 16)}`);
  if (await isProgram(target)) return target;
  const work = `${target}.${randomUUID()}`;
  await mkdir(directory, { recursive: true });
  try {
    await copyFile(source, work);
    await chmod(work, 0o755);
    await rename(work, target);
  } finally {
    await rm(work, { force: true });
  }
  return target;
}

async function fromLayer(layer: RootfsLayer, store: BlobStore, directory: string): Promise<string | undefined> {
  if (!/\bbin\b/.test(layer.createdBy)) return undefined;
  const target = join(directory, `helm-${hexOf(layer.digest).slice(0, 16)}`);
  if (await isProgram(target)) return target;
  // Of its own: builds for several platforms look for it at the same time.
  const work = `${target}.${randomUUID()}`;
  await mkdir(work, { recursive: true });
  try {
    // tar reads the file itself.
    await checkBlob(store, layer.digest);
    const argv = ['tar', '-xzf', store.blobPath(layer.digest), '-C', work, '--no-same-owner', inImage];
    if (!(await programSucceeds(argv))) return undefined;
    await chmod(join(work, inImage), 0o755);
    await rename(join(work, inImage), target);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
