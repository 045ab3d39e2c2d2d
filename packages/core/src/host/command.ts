/** What a host is asked to run: an argument list, or a script that travels on standard input. Never a joined string. */
import { redact, Secret } from '../secrets/secret.js';

export interface Script {
  readonly kind: 'script';
  /** A bash script; it is run with `set -euo pipefail`. Values belong in `args` ($1, $2, ...), not in the text. */
  readonly text: string;
  readonly args: readonly (string | Secret)[];
}

export type Argv = readonly (string | Secret)[];
export type Command = Argv | Script;

/** A bash script with positional arguments: `script('rm -f -- "$1"', path)`. */
export function script(text: string, ...args: readonly (string | Secret)[]): Script {
  return { kind: 'script', text, args };
}

export function isScript(command: Command): command is Script {
  return 'kind' in command && command.kind === 'script';
}

/** The command for people: secrets masked, a script by its first meaningful line. */
export function describe(command: Command): string {
  if (!isScript(command)) return redact(command.map((word) => (word instanceof Secret ? '***' : word)).join(' '));
  const first =
    command.text
      .split('\n')
      .find((line) => line.trim() && !line.trim().startsWith('#'))
      ?.trim() ?? '';
  return redact(`bash: ${first}`);
}
