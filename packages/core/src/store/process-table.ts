/** What the kernel says of processes, by /proc (proc(5), pid_namespaces(7)); nothing where there is none. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** Inode of the machine's first PID namespace, a constant of the kernel: who is in it sees all processes. */
const initialNamespace = '4026531836';

/** Eight digits of what is new with every start of the machine, and the same in all its containers. */
export function bootId(): string | undefined {
  return attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8));
}

/** Numbers of processes count within this; a container has one of its own. */
export function pidNamespace(): string | undefined {
  return attempt(() => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]);
}

/** When it began: ticks since the start of the machine, the same in every namespace. 0 when it has ended and nobody asked how. */
export function startTicks(process: number | 'self'): number | undefined {
  return attempt(() => {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
    // Fields 3 and 22. The command name, in parentheses, may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 0 : Number(fields[19]);
  });
}

/** False where /proc was mounted by another PID namespace, as after `unshare --pid` alone. */
export function procIsOurs(): boolean {
  return attempt(() => readlinkSync('/proc/self')) === String(process.pid);
}

/** A process of this namespace or one below it is in the list of all: looked for by its number there and its start. */
export function isListed(pid: number, ticks: number): boolean {
  const entries = attempt(() => readdirSync('/proc')) ?? [];
  return entries.some((entry) => {
    if (!/^\d+$/.test(entry) || startTicks(Number(entry)) !== ticks) return false;
    const numbers = attempt(() => /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${entry}/status`, 'latin1'))?.[1]);
    return numbers?.split(/\s+/).at(-1) === String(pid);
  });
}

/** Whether a process that is not in the list is nowhere on this machine. */
export function listsAll(): boolean {
  // With the mount option hidepid, processes of others are left out.
  return pidNamespace() === initialNamespace && attempt(() => statSync('/proc/1')) !== undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
