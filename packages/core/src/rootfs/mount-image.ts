/**
 * `sealer mount`: the rootfs of an image as a folder that can only be read. As root it is mounted from the cache of rootfses;
 * otherwise it is unpacked into the folder.
 */
import { mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileSystemError, isOutOfRoom } from '../errors/file-system-error.js';
import type { Emit } from '../events/events.js';
import type { Platform } from '../image/descriptor.js';
import { saidBy } from '../program/program-errors.js';
import { programSucceeds, runProgram } from '../program/run-program.js';
import type { ImageStore } from '../store/store.js';
import { forgetMount, keepMount, listMounts, type ShownImage } from './mount-records.js';
import { RootfsCache, refusedByDisk } from './rootfs-cache.js';
import { rootfsErrors } from './rootfs-errors.js';
import { removeTree, runInside } from './run-inside.js';
import { unpackLayer } from './unpack-layer.js';
import { findOwnMapping } from './user-mapping.js';

export interface MountOptions {
  /** Default: one in `records`. */
  directory?: string | undefined;
  platform?: Platform | undefined;
  /** Folder that says what is mounted where. */
  records: string;
  /** Folder of the build cache, in which unpacked rootfses are. */
  stateDirectory: string;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}

/** @throws IMAGE_NOT_FOUND, MOUNT_TARGET_INVALID, ROOTFS_LAYER_..., ROOTFS_TOOL_... */
export async function mountImage(store: ImageStore, reference: string, options: MountOptions): Promise<ShownImage> {
  const { records, signal, emit } = options;
  const image = await store.open(reference, options.platform);
  const wanted = resolve(options.directory ?? join(records, image.digest.slice('sha256:'.length, 19)));
  const known = (await listMounts(records)).find(({ directory }) => directory === wanted);
  if (known?.digest === image.digest && known.isWhole) return known;
  const isNew = await makeTarget(wanted);
  const directory = await realpath(wanted);
  const shown = { image: image.name, digest: image.digest, directory, isNew };
  const mapping = await findOwnMapping();
  try {
    if (mapping.kind === 'root') {
      const cache = new RootfsCache(join(options.stateDirectory, 'rootfs'), store, mapping);
      const used = await cache.use(image.config.rootfs, { signal, emit });
      try {
        if (await bindReadOnly(used.path, directory))
          return await keepMount(records, { ...shown, kind: 'mount', rootfs: used.path, isWhole: true });
      } finally {
        await used.release();
      }
    }
    // Noted before, so that `umount` clears what a killed unpacking leaves.
    await keepMount(records, { ...shown, kind: 'copy', isWhole: false });
    for (const layer of image.config.rootfs) {
      const title = `unpack ${layer.createdBy}`;
      const say = (current: number, done: boolean) =>
        emit?.({ type: 'progress', id: layer.digest, title, current, unit: 'bytes', done });
      let current = 0;
      const onBytes = (bytes: number) => {
        current += bytes;
        say(current, false);
      };
      await unpackLayer(store, layer, directory, mapping, { signal, onBytes });
      say(current, true);
    }
    // Programs that are setuid would be so for the user's own rights.
    await runInside(mapping, ['chmod', '-R', 'a-w,ug-s', '--', directory], { signal });
    return await keepMount(records, { ...shown, kind: 'copy', isWhole: true });
  } catch (cause) {
    await clear({ ...shown, kind: 'copy', isWhole: false });
    await forgetMount(records, directory);
    throw refusedByDisk(cause, directory);
  }
}

/** @param which folder, name or digest. @returns what was taken away. @throws MOUNT_NOT_FOUND */
export async function unmountImage(records: string, which: string): Promise<ShownImage[]> {
  const mounts = await listMounts(records);
  const path = await realpath(which).catch(() => resolve(which));
  const atPath = mounts.filter(({ directory }) => directory === path);
  const found = atPath.length
    ? atPath
    : mounts.filter(({ image, digest }) => digest === which || image === which || image.endsWith(`/${which}`));
  if (!found.length)
    throw rootfsErrors.MOUNT_NOT_FOUND({ path: which, known: mounts.map(({ directory }) => directory) });
  for (const shown of found) {
    await clear(shown);
    await forgetMount(records, shown.directory);
  }
  return found;
}

async function clear({ kind, directory, isNew }: ShownImage): Promise<void> {
  if (kind === 'mount') {
    await runProgram(['umount', directory]).catch((cause) => {
      const stderr = saidBy(cause);
      throw rootfsErrors.ROOTFS_TOOL_FAILED({ tool: 'umount', status: 'an error', stderr }, { cause });
    });
    if (isNew) await rmdir(directory).catch(() => undefined);
    return;
  }
  const mapping = await findOwnMapping();
  await runInside(mapping, ['chmod', 'u+rwx', '--', directory]).catch(() => undefined);
  for (const name of await readdir(directory).catch(() => [] as string[]))
    await removeTree(mapping, join(directory, name));
  if (isNew) await rm(directory, { recursive: true, force: true });
}

/** @returns true when it was made. @throws MOUNT_TARGET_INVALID */
async function makeTarget(path: string): Promise<boolean> {
  const invalid = (reason: string) => rootfsErrors.MOUNT_TARGET_INVALID({ path, reason });
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    await mkdir(path, { recursive: true, mode: 0o755 }).catch((cause: Error) => {
      const refused = fileSystemError(cause);
      if (isOutOfRoom(refused)) throw refused;
      throw invalid(cause.message);
    });
    return true;
  }
  if (!found.isDirectory()) throw invalid('it is no folder');
  if ((await readdir(path)).length) throw invalid('it is not empty');
  return false;
}

/** False where this machine does not let even root mount. */
async function bindReadOnly(source: string, target: string): Promise<boolean> {
  if (!(await programSucceeds(['mount', '--bind', source, target]))) return false;
  await runProgram(['mount', '-o', 'remount,bind,ro,nosuid,nodev', target]);
  return true;
}
