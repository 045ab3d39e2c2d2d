/** What `sealer mount` shows where: one small file a folder. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing } from '../errors/file-system-error.js';
import type { Digest } from '../image/descriptor.js';
import { writeFileAtomic } from '../store/atomic-file.js';
import { readJson } from '../text/read-json.js';

export interface ShownImage {
  image: string;
  digest: Digest;
  directory: string;
  kind: 'mount' | 'copy';
  /** The folder was made for this, and goes with it. */
  isNew: boolean;
  /** False while it is being unpacked, or when that was killed. */
  isWhole: boolean;
  /** What is mounted. */
  rootfs?: string;
}

/** Mounts that are gone (the machine was started anew, or somebody took them away) are forgotten. */
export async function listMounts(records: string): Promise<ShownImage[]> {
  const names = (await readdir(records).catch(ifMissing<string[]>([]))).filter((name) => name.endsWith('.json'));
  const mounted = await mountPoints();
  const shown: ShownImage[] = [];
  for (const name of names) {
    const { value } = readJson(await readFile(join(records, name), 'utf8'));
    const one = value as ShownImage | null | undefined;
    // Cut off by a full disk: nothing is known of it any more.
    if (typeof one?.directory !== 'string') continue;
    const isThere = one.kind === 'mount' ? mounted.has(one.directory) : await isFolder(one.directory);
    if (isThere) shown.push(one);
    // Where nothing can be written it is left out all the same.
    else await rm(join(records, name), { force: true }).catch(() => undefined);
  }
  return shown.sort((a, b) => (a.directory < b.directory ? -1 : 1));
}

export async function keepMount(records: string, shown: ShownImage): Promise<ShownImage> {
  await mkdir(records, { recursive: true });
  await writeFileAtomic(recordOf(records, shown.directory), JSON.stringify(shown), records);
  return shown;
}

export async function forgetMount(records: string, directory: string): Promise<void> {
  await rm(recordOf(records, directory), { force: true });
}

function recordOf(records: string, directory: string): string {
  return join(records, `${createHash('sha256').update(directory).digest('hex').slice(0, 32)}.json`);
}

/** proc(5), mountinfo: the fifth field, with octal escapes. */
async function mountPoints(): Promise<Set<string>> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const plain = (path: string) =>
    path.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
  return new Set(text.split('\n').map((line) => plain(line.split(' ')[4] ?? '')));
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
