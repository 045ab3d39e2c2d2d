/** Executes one command in a rootfs, in a sandbox that ends with this process, and leaves its changes in a folder. */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import * as scripts from '../generated/scripts.js';
import { LineSplitter } from '../host/line-splitter.js';
import type { RunScript } from '../kubefile/instructions.js';
import type { RunningProgram } from '../program/start-program.js';
import { removeTree, runInside, startInside } from '../rootfs/run-inside.js';
import type { UserMapping } from '../rootfs/user-mapping.js';
import { redact } from '../secrets/secret.js';
import { temporaryName } from '../store/atomic-file.js';
import { withLock } from '../store/lock-file.js';
import { chrootFiles, keptCapabilities } from './chroot-files.js';
import { copiedChange, type LeftChange } from './copied-change.js';
import type { Runtime } from './find-runtime.js';
import { type MountPlan, type PlanInput, planMounts, scriptPath } from './plan-mounts.js';
import { runErrors } from './run-errors.js';
import { runtimeSpec } from './runtime-spec.js';

export interface SandboxInput extends Omit<PlanInput, 'work' | 'links' | 'userNamespace' | 'caches' | 'script'> {
  command: { shell: string } | { exec: readonly string[] } | RunScript;
  env: Readonly<Record<string, string>>;
  /** The rootfs, which is only read. */
  lower: string;
  mapping: UserMapping;
  runtime: Runtime;
  /** Folder of sandboxes and caches. */
  directory: string;
  signal?: AbortSignal | undefined;
  onLine: (line: string) => void;
}

/**
 * @returns the changes, their folder in overlayfs' form, and what removes it
 * @throws RUN_FAILED, RUN_START_FAILED, RUN_SHELL_MISSING
 */
export async function runSandbox(input: SandboxInput): Promise<LeftChange & { discard(): Promise<void> }> {
  const { mapping, directory, signal } = input;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const work = temporaryName(directory, 'sandbox');
  await mkdir(work, { mode: 0o755 });
  const discard = () => removeTree(mapping, work);
  try {
    const userNamespace = mapping.kind !== 'root';
    const script = 'script' in input.command ? input.command.script : undefined;
    const caches = join(directory, 'caches');
    const links = await linksOf(input.lower, mapping, signal);
    const plan = await planMounts({
      ...input,
      ...(script ? { script: script.text } : {}),
      work,
      links,
      userNamespace,
      caches,
    });
    await prepare(input, plan, work, userNamespace);
    const storage = await withLocks(plan.locks, signal, () => execute(input, plan, work));
    if (storage === 'copy') return { ...(await copiedChange(input.lower, work, mapping, signal)), discard };
    return { upper: join(work, 'upper'), deleted: [], discard };
  } catch (cause) {
    await discard();
    throw cause;
  }
}

async function linksOf(lower: string, mapping: UserMapping, signal: AbortSignal | undefined) {
  const words = ['find', lower, '-mindepth', '1', '-type', 'l', '-printf', '%P\\0%l\\0'];
  const parts = (await runInside(mapping, words, { signal })).toString('utf8').split('\0');
  const links = new Map<string, string>();
  for (let at = 0; at + 1 < parts.length; at += 2) links.set(parts[at] as string, parts[at + 1] as string);
  return links;
}

async function prepare(input: SandboxInput, plan: MountPlan, work: string, userNamespace: boolean): Promise<void> {
  const { command, env } = input;
  const spec = {
    args: argvOf(command),
    env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    root: join(work, 'merged'),
    mounts: plan.mounts,
    network: input.network,
    userNamespace,
  };
  const points = plan.points.map((point) => `${point}\n`).join('');
  await writeFile(join(work, 'points'), points);
  // Values of build arguments stand in these.
  const secret = { mode: 0o600 };
  await writeFile(join(work, 'config.json'), JSON.stringify(runtimeSpec(spec)), secret);
  if (input.runtime.kind !== 'chroot') return;
  for (const [name, text] of Object.entries(chrootFiles(spec))) await writeFile(join(work, name), text, secret);
}

function argvOf(command: SandboxInput['command']): readonly string[] {
  if ('script' in command) return [scriptPath];
  return 'shell' in command ? ['/bin/sh', '-c', command.shell] : command.exec;
}

async function execute(input: SandboxInput, plan: MountPlan, work: string): Promise<'overlay' | 'copy'> {
  const { mapping, runtime, lower, signal } = input;
  const shell = 'shell' in input.command ? '1' : '';
  const user = mapping.kind === 'root' ? '' : '1';
  const words = [work, lower, user, runtime.kind, runtime.path, shell, keptCapabilities, input.network];
  const argv = ['sh', '-c', scripts.sandbox, 'sandbox', ...words];
  const started = await startInside(mapping, argv, true, signal);
  try {
    const said = await listen(started, plan.secrets, input.onLine);
    signal?.throwIfAborted();
    return await judge(said, input, work);
  } finally {
    if (!started.hasEnded()) started.kill();
  }
}

/** Bounds memory; a secret in a cut line could not be told. */
const longestLine = 64 * 1024;

interface Said {
  storage?: string;
  failed?: string;
  noShell: boolean;
  status?: number;
  lastWords: string[];
  code: number | undefined;
}

async function listen(
  { stdin, stdout, stderr, pipes, ended }: RunningProgram,
  secrets: readonly string[],
  onLine: (line: string) => void,
): Promise<Said> {
  const said: Said = { noShell: false, lastWords: [], code: undefined };
  const output = new LineSplitter((line) => onLine(redact(line)), longestLine);
  const errors = new LineSplitter((line) => {
    said.lastWords = [...said.lastWords, redact(line)].slice(-10);
    onLine(redact(line));
  }, longestLine);
  const reports = new LineSplitter((line) => {
    const [word, ...rest] = line.split(' ');
    if (word === 'storage') said.storage = rest[0] as string;
    else if (word === 'failed') said.failed = rest.join(' ');
    else if (word === 'no-shell') said.noShell = true;
    else if (word === 'ended') said.status = Number(rest[0]);
  });
  const streams: [Readable, LineSplitter][] = [
    [stdout, output],
    [stderr, errors],
    [pipes[1] as Readable, reports],
  ];
  for (const [stream, lines] of streams) stream.on('data', (chunk: Buffer) => lines.push(chunk));
  for (const line of secrets) if (!stdin.write(line)) await Promise.race([once(stdin, 'drain'), ended]);
  stdin.end();
  said.code = (await ended).exitCode;
  for (const [, lines] of streams) lines.end();
  return said;
}

async function judge(said: Said, input: SandboxInput, work: string): Promise<'overlay' | 'copy'> {
  const { runtime, command } = input;
  const stderr = said.lastWords.map((line) => `  ${line}`).join('\n');
  if (said.noShell) throw runErrors.RUN_SHELL_MISSING({});
  if (said.failed !== undefined || said.status === undefined) {
    const reason = [said.failed ?? `the sandbox ended with exit code ${said.code}`, ...said.lastWords].join('\n  ');
    throw runErrors.RUN_START_FAILED({ runtime: 'the sandbox', reason });
  }
  if (said.status === 0) return said.storage === 'copy' ? 'copy' : 'overlay';
  const log = await readFile(join(work, 'runtime.log'), 'utf8').catch(() => '');
  const reason = runtimeFailure(log);
  if (reason !== undefined) throw runErrors.RUN_START_FAILED({ runtime: runtime.kind, reason });
  const name =
    'script' in command
      ? command.script.text
      : argvOf(command)
          .slice('shell' in command ? 2 : 0)
          .join(' ');
  throw runErrors.RUN_FAILED({ command: redact(name.trim()), status: statusText(said.status), stderr });
}

/** Runtimes log only what goes wrong before the command runs; a warning is no failure. */
export function runtimeFailure(log: string): string | undefined {
  const lines = log
    .split('\n')
    .filter((line) => line.trim() && !/level=(warning|info|debug)|\bwarning:|deprecated|hybrid mode/.test(line));
  if (!lines.length) return undefined;
  return lines.map((line) => /msg="?(.*?)"?$/.exec(line)?.[1] ?? line.replace(/^\S+: (error: )?/, '')).join('; ');
}

function statusText(status: number): string {
  return status > 128 && status < 160 ? `exit code ${status} (signal ${status - 128})` : `exit code ${status}`;
}

async function withLocks<T>(
  paths: readonly string[],
  signal: AbortSignal | undefined,
  section: () => Promise<T>,
): Promise<T> {
  const [first, ...rest] = [...new Set(paths)].sort();
  if (first === undefined) return await section();
  return await withLock(first, () => withLocks(rest, signal, section), { signal, timeout: 24 * 3_600_000 });
}
