/** What a RUN gets mounted, and where in the rootfs something has to be there for it. */

import { createHash } from 'node:crypto';
import { chmod, constants, copyFile, mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../context/context-files.js';
import { findSources } from '../context/find-sources.js';
import { byRoot, entryOf, folderEntry, type LayerEntry } from '../context/layer-entry.js';
import { arrangeEntries } from '../context/layer-tar.js';
import type { RunMount } from '../kubefile/run-mounts.js';
import { Placer } from '../rootfs/place-entries.js';
import { RootfsTree } from '../rootfs/rootfs-tree.js';
import { resolveInRoot } from './resolve-in-root.js';
import type { BuildSecret } from './run-secrets.js';
import type { SpecMount } from './runtime-spec.js';
import { systemMounts } from './runtime-spec.js';

export interface MountPlan {
  mounts: SpecMount[];
  /** `d PATH` or `f PATH`, as the sandbox's script reads them. */
  points: string[];
  /** Lines for the sandbox's standard input. */
  secrets: string[];
  /** Lock files of caches that one RUN alone may have. */
  locks: string[];
}

export const scriptPath = '/run/script';

export interface PlanInput {
  mounts: readonly RunMount[];
  /** Lies at `scriptPath` and can be executed. */
  script?: string | undefined;
  network: 'default' | 'none' | 'host';
  context: Context;
  secrets: ReadonlyMap<string, BuildSecret>;
  /** The sandbox's folder. */
  work: string;
  /** Where caches live over builds. */
  caches: string;
  links: ReadonlyMap<string, string>;
  userNamespace: boolean;
}

export async function planMounts(input: PlanInput): Promise<MountPlan> {
  const plan: MountPlan = { mounts: [], points: [], secrets: [], locks: [] };
  const place = (target: string, kind: 'd' | 'f', mount: Omit<SpecMount, 'destination'>) => {
    const path = resolveInRoot(target, input.links);
    plan.points.push(`${kind} ${path}`);
    plan.mounts.push({ destination: `/${path}`, ...mount });
  };
  for (const { destination } of systemMounts(input.userNamespace).filter(({ destination: at }) => /^\/\w+$/.test(at)))
    plan.points.push(`d ${resolveInRoot(destination, input.links)}`);
  for (const [name, text] of Object.entries(await resolverFiles(input.network))) {
    const source = join(input.work, `etc-${name}`);
    await writeFile(source, text);
    place(`/etc/${name}`, 'f', bind(source, false));
  }
  if (input.script !== undefined) {
    const source = join(input.work, 'script');
    await writeFile(source, input.script);
    await chmod(source, 0o755);
    place(scriptPath, 'f', bind(source, true));
  }
  for (const [index, mount] of input.mounts.entries()) {
    if (mount.type === 'tmpfs') {
      const options = ['nosuid', 'nodev', 'mode=1777', ...(mount.size === undefined ? [] : [`size=${mount.size}`])];
      place(mount.target, 'd', { type: 'tmpfs', source: 'tmpfs', options });
    } else if (mount.type === 'cache') {
      const folder = join(input.caches, createHash('sha256').update(mount.id).digest('hex').slice(0, 32));
      await mkdir(join(folder, 'content'), { recursive: true });
      await writeFile(join(folder, 'id'), mount.id);
      await utimes(folder, new Date(), new Date());
      if (mount.sharing === 'locked') plan.locks.push(join(folder, 'lock'));
      place(mount.target, 'd', bind(join(folder, 'content'), mount.readOnly));
    } else if (mount.type === 'secret') {
      const secret = input.secrets.get(mount.id);
      if (!secret) continue;
      const owner = `${mount.uid}:${mount.gid}`;
      plan.secrets.push(`${index} ${mount.mode.toString(8)} ${owner} ${secret.content.toString('base64')}\n`);
      place(mount.target, 'f', bind(join(input.work, 'secrets', String(index)), true));
    } else {
      const source = join(input.work, `bind-${index}`);
      const isFolder = await stage(await boundFiles(input.context, mount.source), source);
      place(mount.target, isFolder ? 'd' : 'f', bind(source, mount.readOnly));
    }
  }
  return plan;
}

/** Files of the context at `bound`, or below it. @throws BUILD_SOURCE_MISSING, BUILD_PATH_OUTSIDE */
export async function boundFiles(context: Context, source: string): Promise<LayerEntry[]> {
  const placer = new Placer(new RootfsTree(), 'bound');
  const found = await findSources(context, source);
  for (const one of found)
    placer.source(
      one,
      (file, target) => (file ? entryOf(file, target, byRoot) : folderEntry(byRoot)),
      found.length > 1,
    );
  return arrangeEntries(placer.entries);
}

/** A copy: ignored files are not in it, modes are those of COPY, and what the command writes is thrown away. */
async function stage(entries: readonly LayerEntry[], target: string): Promise<boolean> {
  const isFolder = entries[0]?.kind !== 'file';
  if (isFolder) await mkdir(target, { recursive: true });
  for (const entry of entries) {
    const path = join(target, entry.path.slice('bound'.length));
    if (entry.kind === 'directory') await mkdir(path, { recursive: true });
    else if (entry.kind === 'link') await symlink(entry.target as string, path);
    else {
      await mkdir(dirname(path), { recursive: true });
      await copyFile(entry.source as string, path, constants.COPYFILE_FICLONE);
      await chmod(path, entry.mode);
    }
  }
  return isFolder;
}

function bind(source: string, readOnly: boolean): Omit<SpecMount, 'destination'> {
  return { type: 'bind', source, options: ['rbind', readOnly ? 'ro' : 'rw'] };
}

/** Names are looked up as on this machine; writing to the files changes nothing outside. */
async function resolverFiles(network: PlanInput['network']): Promise<Record<string, string>> {
  const local = '127.0.0.1 localhost build\n::1 localhost build\n';
  if (network === 'none') return { hosts: local };
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  return { hosts: `${local}${await read('/etc/hosts')}`, 'resolv.conf': await read('/etc/resolv.conf') };
}
