/**
 * Names a process so that another one can tell whether it still lives. Written into lock files, leases and names of
 * temporary files. A number alone says little: the first process of every container is number 1.
 */
import { hostname } from 'node:os';
import { bootId, isListed, listsAll, pidNamespace, procIsOurs, startTicks } from './process-table.js';

/** `<pid>.<start ticks>.<PID namespace>.<boot>.<host>`; no character that needs care in a file name. */
export function processIdentity(): string {
  identity ??= [process.pid, startTicks('self') ?? 0, pidNamespace() ?? 0, bootId() ?? 0, machine()].join('.');
  return identity;
}
let identity: string | undefined;

/** Undefined when it cannot be told: a process of another machine, or of a container that cannot be seen from here. */
export function isProcessAlive(text: string): boolean | undefined {
  const match = /^(\d+)\.(\d+)\.(?:(\d+)\.(\w+)\.)?([\w-]+)$/.exec(text);
  if (!match) return undefined;
  const [pid, ticks, namespace, boot, host] = [Number(match[1]), Number(match[2]), match[3], match[4], match[5]];
  // Written by an earlier version, or where there is no /proc.
  if (boot === undefined || boot === '0') return host === machine() ? livesHere(pid, ticks) : undefined;
  // The machine was started anew since, or it is another one.
  if (boot !== bootId()) return host === machine() ? false : undefined;
  if (namespace === pidNamespace()) return livesHere(pid, ticks);
  if (isListed(pid, ticks)) return true;
  return listsAll() ? false : undefined;
}

/**
 * The same, for one that cannot be told: it is believed to live while its last sign of life is younger than this.
 * @param lastSign, believed milliseconds
 */
export function isBelievedAlive(text: string, lastSign: number, believed: number): boolean {
  return isProcessAlive(text) ?? Date.now() - lastSign < believed;
}

/** For messages. */
export function describeProcess(text: string): string {
  const [, pid, host] = /^(\d+)(?:\..*\.([\w-]+))?$/.exec(text) ?? [];
  if (pid === undefined) return 'another process';
  return `process ${pid}${host === undefined ? '' : ` on ${host === machine() ? 'this machine' : host}`}`;
}

function livesHere(pid: number, ticks: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: it lives and belongs to somebody else.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (ticks === 0) return true;
  if (!procIsOurs()) return startTicks('self') === undefined || isListed(pid, ticks);
  const now = startTicks(pid);
  return now === undefined || now === ticks;
}

function machine(): string {
  return hostname().replace(/[^\w-]/g, '_') || 'localhost';
}
