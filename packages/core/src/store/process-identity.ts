/**
 * Names a process so that another one can tell whether it still lives: pid, start time (pids are reused) and machine.
 * Written into lock files, leases and names of temporary files.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** `<pid>.<start ticks>.<host>`; no character that needs care in a file name. */
export function processIdentity(): string {
  identity ??= `${process.pid}.${startTicks(process.pid) ?? 0}.${machine()}`;
  return identity;
}
let identity: string | undefined;

/** Undefined when it cannot be told, for a process of another machine. */
export function isProcessAlive(text: string): boolean | undefined {
  const match = /^(\d+)\.(\d+)\.([\w-]+)$/.exec(text);
  if (!match) return undefined;
  const [, pid, ticks, host] = match;
  if (host !== machine()) return undefined;
  try {
    process.kill(Number(pid), 0);
  } catch (cause) {
    // EPERM: it lives and belongs to somebody else.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startTicks(Number(pid));
  return now === undefined || ticks === '0' || now === Number(ticks);
}

function machine(): string {
  return hostname().replace(/[^\w-]/g, '_') || 'localhost';
}

/** Field 22 of /proc/<pid>/stat (proc(5)); undefined where there is no /proc. */
function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command name, in parentheses, may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[19]);
  } catch {
    return undefined;
  }
}
