/**
 * Keeps two operators apart. On the operator's machine a file with a pid; in the cluster a lock that a process on
 * master0 holds for as long as our connection lives, so that a killed sealer leaves no stale lock.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import { workflowErrors } from '../workflow/workflow-errors.js';

export type Release = () => Promise<void>;

/** @throws CLUSTER_LOCKED */
export async function lockLocally(stateDirectory: string, cluster: string): Promise<Release> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const path = join(stateDirectory, 'lock');
  for (let attempt = 0; ; attempt += 1) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => rm(path, { force: true });
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'EEXIST') throw cause;
    }
    const pid = await readFile(path, 'utf8').catch(() => '');
    if (attempt > 0 || (pid !== '' && isAlive(Number(pid)))) {
      throw workflowErrors.CLUSTER_LOCKED({ cluster, holder: `process ${pid || '(unknown)'} on this machine` });
    }
    await rm(path, { force: true });
  }
}

/** @throws CLUSTER_LOCKED */
export async function lockRemotely(master0: Host, cluster: string): Promise<Release> {
  const holder = `${process.env.USER ?? 'somebody'}@${hostname()}, process ${process.pid}`;
  const open = new Readable({ read: () => undefined });
  let ended: Promise<unknown> | undefined;
  const answer = await new Promise<string>((resolve, reject) => {
    let first = '';
    ended = master0.query
      .run(script(scripts.holdLock, cluster, holder), {
        stdin: open,
        onLine: (line) => {
          first ||= line;
          if (line === 'locked') resolve(line);
        },
      })
      .then((result) => resolve(result.status === 75 ? first : 'locked'), reject);
  });
  const release = async () => {
    open.push(null);
    await ended;
  };
  if (answer === 'locked') return release;
  await release();
  throw workflowErrors.CLUSTER_LOCKED({ cluster, holder: answer || 'another sealer' });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as { code?: string }).code === 'EPERM';
  }
}
