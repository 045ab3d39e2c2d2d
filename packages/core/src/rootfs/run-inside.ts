/** Runs programs of this machine as the root that a user mapping gives. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { endText, isProgramFailure, isProgramMissing, saidBy } from '../program/program-errors.js';
import { outputOf } from '../program/program-output.js';
import { runProgram } from '../program/run-program.js';
import { type RunningProgram, startProgram } from '../program/start-program.js';
import { rootfsErrors } from './rootfs-errors.js';
import { type IdRange, ownNamespaces, type UserMapping } from './user-mapping.js';

/**
 * Starts `argv`; descriptor 3 is a pipe that closes when this process ends, however it ends, and descriptor 4 one that it may
 * write to.
 * @param apart in mounts and processes of its own
 */
export async function startInside(
  mapping: UserMapping,
  argv: readonly string[],
  apart = false,
  signal?: AbortSignal,
): Promise<RunningProgram> {
  const inner = apart ? [...ownNamespaces, ...argv] : argv;
  const words = wrap(mapping, inner, apart);
  const program = await startProgram(words, {
    pipes: 2,
    env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' },
    ownEnv: true,
    apart: true,
    killSignal: 'SIGKILL',
    signal,
  }).catch((cause) => {
    signal?.throwIfAborted();
    const tool = words[0] as string;
    if (isProgramMissing(cause))
      throw rootfsErrors.ROOTFS_TOOL_MISSING({ tool, needed: 'unpacking a rootfs', package: tool }, { cause });
    throw rootfsErrors.ROOTFS_TOOL_FAILED({ tool, status: 'an error', stderr: saidBy(cause) }, { cause });
  });
  if (mapping.kind === 'subids') await mapIds(program, mapping);
  return program;
}

function wrap(mapping: UserMapping, inner: readonly string[], apart: boolean): string[] {
  if (mapping.kind === 'root' || mapping.kind === 'plain') return apart ? ['unshare', ...inner] : [...inner];
  if (mapping.kind === 'single') return ['unshare', '--user', '--map-root-user', ...(apart ? [] : ['--']), ...inner];
  // The ids can be mapped from outside only: it waits for that, and becomes root by executing something.
  const wait = 'echo ready >&4; read -r _ <&3 || exit 1; exec "$@"';
  return ['unshare', '--user', '--', 'sh', '-c', wait, 'sh', ...(apart ? ['unshare'] : []), ...inner];
}

async function mapIds(program: RunningProgram, mapping: Extract<UserMapping, { kind: 'subids' }>): Promise<void> {
  const [go, reports] = program.pipes as [Duplex, Duplex];
  await Promise.race([once(reports, 'data'), program.ended]);
  const map = (tool: string, id: number, range: IdRange) =>
    runProgram([tool, ...[program.pid, 0, id, 1, 1, range.start, range.count].map(String)]);
  try {
    await map('newuidmap', mapping.uid, mapping.uids);
    await map('newgidmap', mapping.gid, mapping.gids);
  } catch (cause) {
    program.kill();
    program.options.signal?.throwIfAborted();
    throw rootfsErrors.ROOTFS_NAMESPACES_REFUSED({ reason: saidBy(cause) }, { cause });
  }
  go.write('go\n');
}

export interface InsideOptions {
  input?: AsyncIterable<Buffer> | undefined;
  signal?: AbortSignal | undefined;
  /** Each line of standard error. */
  onStderr?: (text: string) => void;
}

/** Standard output, as it comes. @throws ROOTFS_TOOL_FAILED at its end, and what `input` throws */
export async function* streamInside(
  mapping: UserMapping,
  argv: readonly string[],
  options: InsideOptions = {},
): AsyncGenerator<Buffer> {
  const { input, signal, onStderr } = options;
  const program = await startInside(mapping, argv, false, signal);
  try {
    yield* outputOf(program, { input, onStderr });
  } catch (cause) {
    if (!isProgramFailure(cause)) throw cause;
    const stderr = cause.stderr.slice(-2000).trim();
    throw rootfsErrors.ROOTFS_TOOL_FAILED({ tool: argv[0] as string, status: endText(cause.end), stderr });
  }
}

/** Whole standard output; for what is short. @throws ROOTFS_TOOL_FAILED */
export async function runInside(
  mapping: UserMapping,
  argv: readonly string[],
  options: InsideOptions = {},
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of streamInside(mapping, argv, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Removes a folder whose files may belong to other users of the mapping, or forbid it. */
export async function removeTree(mapping: UserMapping, path: string): Promise<void> {
  if (mapping.kind === 'root') await rm(path, { recursive: true, force: true });
  else {
    if (mapping.kind === 'plain') await runInside(mapping, ['chmod', '-R', 'u+rwX', '--', path]).catch(() => undefined);
    // Folders of mode 0 can be gone into by the root of the namespace only.
    await runInside(mapping, ['rm', '-rf', '--', path]);
  }
}
