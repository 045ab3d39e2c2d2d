/**
 * Keeps two operators apart. On the operator's machine a file that names its process; in the cluster a lock that a
 * process on master0 holds for as long as our connection lives and something comes through it, so that neither a killed
 * sealer nor a machine that lost its power leaves a stale lock.
 */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Emit } from '../events/events.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import { silence, takeLock } from '../store/lock-file.js';
import { workflowErrors } from '../workflow/workflow-errors.js';

export type Release = () => Promise<void>;

/** Seconds without a sign of the operator's machine after which its lock on master0 ends. */
const remoteSilence = 120;

/**
 * A holder that lives in a container or on a machine that cannot be seen from here is waited for until it has shown that
 * it lives, or has been silent for too long.
 * @throws CLUSTER_LOCKED
 */
export async function lockLocally(
  stateDirectory: string,
  cluster: string,
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<Release> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  let said = false;
  return await takeLock(join(stateDirectory, 'lock'), ({ who, isSeen }, waited) => {
    signal.throwIfAborted();
    if (isSeen || waited > 1.5 * silence) throw workflowErrors.CLUSTER_LOCKED({ cluster, holder: who });
    if (!said)
      emit({ type: 'message', level: 'info', text: `waiting for a sign of life of ${who}, which locked the cluster` });
    said = true;
  });
}

/** @throws CLUSTER_LOCKED */
export async function lockRemotely(master0: Host, cluster: string): Promise<Release> {
  const holder = `${process.env.USER ?? 'somebody'}@${hostname()}, process ${process.pid}`;
  const open = new Readable({ read: () => undefined });
  let ended: Promise<unknown> | undefined;
  const answer = await new Promise<string>((resolve, reject) => {
    let first = '';
    ended = master0.query
      .run(script(scripts.holdLock, cluster, holder, String(remoteSilence)), {
        stdin: open,
        onLine: (line) => {
          first ||= line;
          if (line === 'locked') resolve(line);
        },
      })
      .then((result) => resolve(result.status === 75 ? first : 'locked'), reject);
  });
  const signs = setInterval(() => open.push('.\n'), (remoteSilence / 8) * 1000).unref();
  const release = async () => {
    clearInterval(signs);
    open.push(null);
    await ended;
  };
  if (answer === 'locked') return release;
  await release();
  throw workflowErrors.CLUSTER_LOCKED({ cluster, holder: answer || 'another sealer' });
}
