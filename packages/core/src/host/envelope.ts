/**
 * How a command travels: the command line holds nothing but a fixed shell that reads the real text from standard
 * input, by length; what follows is the command's own standard input. So neither values nor secrets appear in a
 * process list, and no temporary file is needed.
 */
import { Secret } from '../secrets/secret.js';
import { markerOf } from './after-marker.js';
import { type Command, isScript } from './command.js';
import type { RunOptions } from './host.js';
import { quote } from './quote.js';

/** Reads `<length>\n<text>` and evaluates the text; the rest of standard input is left to it. */
const reader = 'IFS= read -r n && eval "$(head -c "$n")"';

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Privilege {
  /** How to become root: not needed, sudo without password, sudo with this password. */
  kind: 'root' | 'sudo' | 'sudo-password';
  password?: Secret;
}

/**
 * @param mark finds the command's processes again, by environment, when they must be ended
 */
export function commandLine(privilege: Privilege, mark: string, lock?: string): string {
  const env = `env SEALER_COMMAND=${mark}${lock ? ` SEALER_LOCK=${quote(lock)}` : ''}`;
  const shell = `${env} bash -c ${quote(reader)}`;
  if (privilege.kind === 'root') return shell;
  // -k: a remembered login would leave the password line to the command.
  return privilege.kind === 'sudo' ? `sudo -n ${shell}` : `sudo -k -S -p '' ${shell}`;
}

/** What goes to standard input before the command's own. */
export function envelope(command: Command, privilege: Privilege, mark: string, options: RunOptions): string {
  // The first words of a command on both streams: see AfterMarker.
  const lines = [
    `export PATH=${searchPath} LC_ALL=C`,
    `printf ${quote(markerOf(mark))}; printf ${quote(markerOf(mark))} >&2`,
  ];
  for (const [name, value] of Object.entries(options.env ?? {})) lines.push(`export ${name}=${word(value)}`);
  if (options.lock) {
    const file = quote(`/run/sealer/${options.lock}.lock`);
    // Opened for append, so that waiting does not disturb; every child inherits the descriptor and with it the lock.
    lines.push(`mkdir -p /run/sealer && exec 9>>${file} && flock 9 || exit 1`);
  }
  if (isScript(command)) {
    lines.push(`set -- ${command.args.map(word).join(' ')}`, 'set -euo pipefail', command.text);
  } else {
    lines.push(`exec ${command.map(word).join(' ')}`);
  }
  const text = Buffer.from(`${lines.join('\n')}\n`);
  const password = privilege.kind === 'sudo-password' ? `${privilege.password?.reveal() ?? ''}\n` : '';
  return `${password}${text.length}\n${text.toString()}`;
}

function word(value: string | Secret): string {
  return quote(value instanceof Secret ? value.reveal() : value);
}
