/** What `--chown` and `--chmod` mean: names are looked up in the rootfs as it is at that instruction. */

import { parseMode } from '../context/chmod-mode.js';
import { byRoot, type Ownership } from '../context/layer-entry.js';
import { buildErrors } from './build-errors.js';

const largestId = 2 ** 31 - 1;

/**
 * @param chown `user`, `user:group` or `:group`, variables replaced. A user alone brings its group, a number alone is both
 * @param read the text of a file of the rootfs; undefined when there is none
 * @throws BUILD_OWNER_UNKNOWN, BUILD_MODE_INVALID
 */
export async function ownership(
  { chown, chmod }: { chown?: string | undefined; chmod?: string | undefined },
  read: (path: string) => Promise<string | undefined>,
): Promise<Ownership> {
  const mode = chmod === undefined ? undefined : parseMode(chmod);
  if (chmod !== undefined && !mode) throw buildErrors.BUILD_MODE_INVALID({ mode: chmod });
  if (chown === undefined) return { ...byRoot, mode };
  const [user = '', group, ...more] = chown.split(':');
  if (more.length > 0 || chown === '' || chown === ':')
    throw buildErrors.BUILD_OWNER_UNKNOWN({ name: chown, kind: 'owner', file: '' });
  const { uid, gid } = user === '' ? byRoot : await lookUp(user, 'user', read);
  if (group === undefined || group === '') return { uid, gid, mode };
  return { uid, gid: (await lookUp(group, 'group', read)).gid, mode };
}

async function lookUp(name: string, kind: 'user' | 'group', read: (path: string) => Promise<string | undefined>) {
  const file = kind === 'user' ? 'etc/passwd' : 'etc/group';
  if (/^\d+$/.test(name) && Number(name) <= largestId) return { uid: Number(name), gid: Number(name) };
  const lines = ((await read(file)) ?? '').split('\n').filter((line) => !line.startsWith('#'));
  const rows = lines.map((line) => line.trim().split(':'));
  const [, , first = '', second = ''] = rows.find(([known]) => known === name) ?? [];
  const [uid, gid] = kind === 'user' ? [first, second] : ['0', first];
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid)) throw buildErrors.BUILD_OWNER_UNKNOWN({ name, kind, file });
  return { uid: Number(uid), gid: Number(gid) };
}
