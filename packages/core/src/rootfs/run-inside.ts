/** Runs programs of this machine as the root that a user mapping gives. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { rootfsErrors } from './rootfs-errors.js';
import { type IdRange, ownNamespaces, type UserMapping } from './user-mapping.js';

const run = promisify(execFile);

export interface Started {
  child: ChildProcess;
  /** Resolves when it has ended and its output is read. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Starts `argv`; descriptor 3 is a pipe that closes when this process ends, however it ends, and descriptor 4 one that it may
 * write to.
 * @param apart in mounts and processes of its own
 */
export async function startInside(mapping: UserMapping, argv: readonly string[], apart = false): Promise<Started> {
  const inner = apart ? [...ownNamespaces, ...argv] : argv;
  const words = wrap(mapping, inner, apart);
  const child = spawn(words[0] as string, words.slice(1), {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' },
    // A terminal's Ctrl-C is for sealer, which ends it.
    detached: true,
  });
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', (cause) => {
      const tool = words[0] as string;
      reject(rootfsErrors.ROOTFS_TOOL_MISSING({ tool, needed: 'unpacking a rootfs', package: tool }, { cause }));
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => undefined);
  if (mapping.kind === 'subids') await mapIds(child, mapping, ended);
  return { child, ended };
}

function wrap(mapping: UserMapping, inner: readonly string[], apart: boolean): string[] {
  if (mapping.kind === 'root' || mapping.kind === 'plain') return apart ? ['unshare', ...inner] : [...inner];
  if (mapping.kind === 'single') return ['unshare', '--user', '--map-root-user', ...(apart ? [] : ['--']), ...inner];
  // The ids can be mapped from outside only: it waits for that, and becomes root by executing something.
  const wait = 'echo ready >&4; read -r _ <&3 || exit 1; exec "$@"';
  return ['unshare', '--user', '--', 'sh', '-c', wait, 'sh', ...(apart ? ['unshare'] : []), ...inner];
}

async function mapIds(child: ChildProcess, mapping: Extract<UserMapping, { kind: 'subids' }>, ended: Started['ended']) {
  const ready = once(child.stdio[4] as Readable, 'data');
  await Promise.race([ready, ended]);
  const map = (tool: string, id: number, range: IdRange) =>
    run(tool, [String(child.pid), '0', String(id), '1', '1', String(range.start), String(range.count)]);
  try {
    await map('newuidmap', mapping.uid, mapping.uids);
    await map('newgidmap', mapping.gid, mapping.gids);
  } catch (cause) {
    child.kill('SIGKILL');
    throw rootfsErrors.ROOTFS_NAMESPACES_REFUSED({ reason: (cause as Error).message.trim() }, { cause });
  }
  (child.stdio[3] as NodeJS.WritableStream).write('go\n');
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
  const { child, ended } = await startInside(mapping, argv);
  const kill = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', kill);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    options.onStderr?.(String(chunk));
    stderr = (stderr + chunk).slice(-2000);
  });
  let inputFailed: unknown;
  const fed = pipeline(Readable.from(options.input ?? [], { objectMode: false }), child.stdin as Writable).catch(
    (cause) => {
      // EPIPE: the program has ended, and says itself why.
      if (cause?.code !== 'EPIPE' && cause?.code !== 'ERR_STREAM_PREMATURE_CLOSE') inputFailed = cause;
      if (inputFailed) kill();
    },
  );
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const { code, signal } = await ended;
    await fed;
    if (inputFailed) throw inputFailed;
    options.signal?.throwIfAborted();
    if (code !== 0) {
      const status = signal ? `signal ${signal}` : `exit code ${code}`;
      throw rootfsErrors.ROOTFS_TOOL_FAILED({ tool: argv[0] as string, status, stderr: stderr.trim() });
    }
  } finally {
    options.signal?.removeEventListener('abort', kill);
    if (child.exitCode === null && child.signalCode === null) kill();
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
