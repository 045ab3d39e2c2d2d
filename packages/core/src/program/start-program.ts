/** What sealer wants of a child process, made by execa, which is loaded when the first one is started. */
import { existsSync } from 'node:fs';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Options } from 'execa';
import { Secret } from '../secrets/secret.js';
import { type ProgramEnd, programErrors } from './program-errors.js';
import { keepUnread } from './unread-output.js';

export interface ProgramOptions {
  cwd?: string | undefined;
  /** Beside the environment of this process. */
  env?: Readonly<Record<string, string | Secret>> | undefined;
  /** `env` is all of its environment. */
  ownEnv?: boolean | undefined;
  /** Ends it. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which it is ended. */
  timeout?: number | undefined;
  /** How it is ended; unless it obeys, it is killed five seconds later. Default: SIGTERM. */
  killSignal?: 'SIGTERM' | 'SIGKILL' | undefined;
  /**
   * In a session of its own: a terminal's Ctrl-C is for sealer, which ends it, and with it what it has started. Others are
   * ended when this process ends.
   */
  apart?: boolean | undefined;
  /** How many pipes it gets beside the standard streams, as descriptors 3 and on. */
  pipes?: number | undefined;
}

export interface RunningProgram {
  name: string;
  pid: number;
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Descriptors 3 and on. */
  pipes: readonly Duplex[];
  /** When it has ended and its output is read; never rejects. */
  ended: Promise<ProgramEnd>;
  hasEnded(): boolean;
  kill(signal?: NodeJS.Signals): void;
  options: ProgramOptions;
}

/**
 * The streams are the pipes themselves. No part of `argv` may be secret: others on this machine can read it.
 * @throws PROGRAM_NOT_FOUND, PROGRAM_NOT_STARTED, and the reason of `signal`
 */
export async function startProgram(argv: readonly string[], options: ProgramOptions = {}): Promise<RunningProgram> {
  const [name = '', ...words] = argv;
  const { signal, killSignal = 'SIGTERM', apart = false } = options;
  const { execa } = await import('execa');
  signal?.throwIfAborted();
  const pipes = Array.from({ length: options.pipes ?? 0 }, () => 'pipe' as const);
  const child = execa(name, words, {
    stdio: ['pipe', 'pipe', 'pipe', ...pipes],
    // Only so are the pipes left to their readers.
    buffer: false,
    reject: false,
    detached: apart,
    killSignal,
    extendEnv: !options.ownEnv,
    ...(options.env ? { env: revealed(options.env) } : {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(signal ? { cancelSignal: signal } : {}),
  } satisfies Options);
  const streams = child.stdio as unknown as Duplex[];
  // Whoever reads or writes them is told as well.
  for (const stream of streams) stream.on('error', () => undefined);
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
    // What is refused before anything is started comes this way alone.
    void child.then(({ cause }) => reject(cause));
  });
  await started.catch((cause: NodeJS.ErrnoException) => {
    throw startError(name, cause, options.cwd);
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  keepUnread(streams.slice(1), hasEnded);
  child.once('exit', () => {
    if (!child.killed) return;
    if (apart) killGroup(child.pid as number);
    // What it has started may hold on to the pipes.
    for (const stream of streams) stream.destroy();
  });
  const ended = child.then((result) => ({
    exitCode: result.exitCode,
    signal: result.signal,
    timedOut: result.timedOut,
  }));
  const kill = (how: NodeJS.Signals = killSignal) => void child.kill(how);
  const [stdin, stdout, stderr] = streams as [Duplex, Duplex, Duplex];
  return {
    name,
    pid: child.pid as number,
    stdin,
    stdout,
    stderr,
    pipes: streams.slice(3),
    ended,
    hasEnded,
    kill,
    options,
  };
}

function revealed(env: Readonly<Record<string, string | Secret>>): Record<string, string> {
  const entries = Object.entries(env);
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Secret ? value.reveal() : value]));
}

function startError(program: string, cause: NodeJS.ErrnoException, cwd: string | undefined): Error {
  if (cwd !== undefined && !existsSync(cwd))
    return programErrors.PROGRAM_NOT_STARTED({ program, reason: `there is no folder ${cwd}` }, { cause });
  if (cause?.code === 'ENOENT') return programErrors.PROGRAM_NOT_FOUND({ program }, { cause });
  return programErrors.PROGRAM_NOT_STARTED({ program, reason: cause?.message ?? 'unknown' }, { cause });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}
