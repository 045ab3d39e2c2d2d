/** Runs the built CLI as its user would: its own SEALER_HOME, standard streams, exit code, events. */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const cli = fileURLToPath(new URL('../../packages/cli/bin/run.js', import.meta.url));

export interface Outcome {
  /** 137 and the like when it was ended by a signal. */
  code: number;
  stdout: string;
  stderr: string;
  /** Of `--json`. */
  events: Record<string, unknown>[];
  /** What `--json` gave as the result. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  result: any;
}

type Child = ReturnType<typeof start>;

export interface Running extends Promise<Outcome> {
  child: Child;
}

export interface Sealer {
  home: string;
  /** Resolves whatever the exit code is. */
  (words: readonly string[], options?: SealerOptions): Running;
}

export interface SealerOptions {
  input?: string;
  env?: Record<string, string>;
  /** Called for each line of `--json`, while it runs. */
  onEvent?: (event: Record<string, unknown>, child: Child) => void;
  /** Put before `node`: `['setpriv', '--reuid', '1000', ...]`. */
  prefix?: readonly string[];
}

function start(argv: readonly string[], env: Record<string, string>, input: string) {
  const [program = '', ...words] = argv;
  return execa(program, words, { env, input, buffer: false, reject: false, forceKillAfterDelay: false });
}

export function sealerIn(home: string): Sealer {
  const call = (words: readonly string[], options: SealerOptions = {}): Running => {
    const argv = [...(options.prefix ?? []), process.execPath, cli, ...words];
    const env = { CI: 'true', SEALER_HOME: home, NO_COLOR: '1', ...options.env };
    const child = start(argv, env, options.input ?? '');
    let stdout = '';
    let stderr = '';
    const events: Record<string, unknown>[] = [];
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      stdout += `${line}\n`;
      if (!words.includes('--json') || !line.startsWith('{')) return;
      const event = JSON.parse(line) as Record<string, unknown>;
      events.push(event);
      options.onEvent?.(event, child);
    });
    const ended = child.then(({ exitCode, signal, cause }) => {
      if (exitCode === undefined && signal === undefined) throw cause;
      return exitCode ?? (signal === 'SIGKILL' ? 137 : 143);
    });
    const read = new Promise<void>((resolve) => lines.once('close', resolve));
    const outcome = Promise.all([ended, read]).then(([code]) => ({
      code,
      stdout,
      stderr,
      events,
      result: events.findLast((event) => event.type === 'result')?.result,
    }));
    return Object.assign(outcome, { child });
  };
  return Object.assign(call, { home });
}

/** A failed run shows what it said. */
export function expectSuccess(outcome: Outcome): Outcome {
  if (outcome.code === 0) return outcome;
  const said = outcome.stderr.slice(-4000) || outcome.stdout.slice(-4000);
  throw new Error(`sealer ended with code ${outcome.code}:\n${said}`);
}
