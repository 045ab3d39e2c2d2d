/** What RUN and ADD leave for the next build: unpacked rootfses, noticed files, unpacked archives, contents of cache mounts. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listMounts } from '../rootfs/mount-records.js';
import { listRootfses } from '../rootfs/rootfs-cache.js';
import { removeTree, runInside } from '../rootfs/run-inside.js';
import { findMapping, type UserMapping } from '../rootfs/user-mapping.js';
import { isInUse, removeAbandonedSandboxes } from '../run/abandoned-sandboxes.js';
import type { Pruned, PruneOptions } from './pruned.js';

interface Candidate {
  what: Pruned['what'];
  path: string;
  name: string;
  usedMs: number;
}

/** Longer than a build takes between its RUNs and its end. */
const buildMs = 3_600_000;

export async function pruneRuns(options: PruneOptions): Promise<Pruned[]> {
  const { stateDirectory, dryRun = false, olderThan = 0 } = options;
  const sandboxes = join(stateDirectory, 'run');
  if (!dryRun) await removeAbandonedSandboxes(sandboxes).catch(() => undefined);
  const files = [
    ...(await foldersIn('files of a RUN', join(stateDirectory, 'run-files'))),
    ...(await foldersIn('unpacked archive', join(stateDirectory, 'archives'))),
  ];
  const candidates = [
    ...(await unusedRootfses(join(stateDirectory, 'rootfs'), options.mountRecords)),
    // A build reads them until it ends.
    ...files.filter(({ usedMs }) => Date.now() - usedMs > buildMs),
    ...((await hasSandbox(sandboxes)) ? [] : await foldersIn('cache of a RUN', join(sandboxes, 'caches'))),
  ].filter(({ usedMs }) => Date.now() - usedMs >= olderThan);
  if (!candidates.length) return [];
  const mapping = await findMapping().catch((): UserMapping => ({ kind: 'plain' }));
  const gone: Pruned[] = [];
  for (const { what, path, name } of candidates) {
    const bytes = Number((await runInside(mapping, ['du', '-sb', '--', path])).toString().split('\t')[0]);
    if (!dryRun) await removeTree(mapping, path);
    gone.push({ what, name, bytes });
  }
  return gone;
}

async function unusedRootfses(directory: string, records: string | undefined): Promise<Candidate[]> {
  const shown = new Set((records ? await listMounts(records) : []).map(({ rootfs }) => rootfs));
  return (await listRootfses(directory))
    .filter(({ path, inUse }) => !inUse && !shown.has(join(path, 'tree')))
    .map(({ path, usedMs }) => ({ what: 'unpacked rootfs', path, usedMs, name: path.slice(directory.length + 1) }));
}

/** A RUN that is being executed may have any cache mounted. */
async function hasSandbox(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => [] as string[]);
  return (await Promise.all(names.map((name) => isInUse(directory, name)))).includes(true);
}

async function foldersIn(what: Pruned['what'], directory: string): Promise<Candidate[]> {
  const names = await readdir(directory).catch(() => [] as string[]);
  return await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const id = await readFile(join(path, 'id'), 'utf8').catch(() => name);
      return { what, path, name: id, usedMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
}
