/**
 * As whom files of a rootfs are made and commands run. As root: as they are. Otherwise in a user namespace, in which the
 * user is root: with a range of subordinate ids (subuid(5)), or alone, and then every file belongs to 0:0. Plain: just as the
 * user, for looking at files where the kernel gives no namespace.
 */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { saidBy } from '../program/program-errors.js';
import { programSucceeds, runProgram } from '../program/run-program.js';
import { findProgram } from './find-program.js';
import { rootfsErrors } from './rootfs-errors.js';

export interface IdRange {
  start: number;
  count: number;
}

export type UserMapping =
  | { kind: 'root' }
  | { kind: 'single' }
  | { kind: 'plain' }
  | { kind: 'subids'; uid: number; gid: number; uids: IdRange; gids: IdRange };

/** Mounts and processes of its own, which all end with it. */
export const ownNamespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** The most that this user may. @throws ROOTFS_TOOL_MISSING, ROOTFS_NAMESPACES_REFUSED */
export async function findMapping(): Promise<UserMapping> {
  if (!(await findProgram('unshare')))
    throw rootfsErrors.ROOTFS_TOOL_MISSING({ tool: 'unshare', needed: 'RUN', package: 'util-linux' });
  const apart = [...ownNamespaces, 'true'];
  if (process.geteuid?.() === 0 && (await programSucceeds(['unshare', ...apart]))) return { kind: 'root' };
  await runProgram(['unshare', '--user', '--map-root-user', ...apart]).catch((cause) => {
    const reason = saidBy(cause).split('\n').at(-1) as string;
    throw rootfsErrors.ROOTFS_NAMESPACES_REFUSED({ reason }, { cause });
  });
  return (await subordinateIds()) ?? { kind: 'single' };
}

/** For files that the user is to look at: they belong to the user. */
export async function findOwnMapping(): Promise<UserMapping> {
  if (process.geteuid?.() === 0) return { kind: 'root' };
  return { kind: (await programSucceeds(['unshare', '--user', '--map-root-user', 'true'])) ? 'single' : 'plain' };
}

async function subordinateIds(): Promise<UserMapping | undefined> {
  if (!(await findProgram('newuidmap')) || !(await findProgram('newgidmap'))) return undefined;
  const { uid, gid, username } = userInfo();
  const uids = rangeIn(await readFile('/etc/subuid', 'utf8').catch(() => ''), [username, String(uid)]);
  const gids = rangeIn(await readFile('/etc/subgid', 'utf8').catch(() => ''), [username, String(uid)]);
  return uids && gids ? { kind: 'subids', uid, gid, uids, gids } : undefined;
}

/** subuid(5): `name:start:count`, of which the first is taken. */
export function rangeIn(text: string, names: readonly string[]): IdRange | undefined {
  for (const line of text.split('\n')) {
    const [name = '', start, count] = line.trim().split(':');
    if (names.includes(name) && Number(count) > 0) return { start: Number(start), count: Number(count) };
  }
  return undefined;
}
