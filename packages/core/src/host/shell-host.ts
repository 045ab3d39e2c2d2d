/** The Host interface over anything that can start a shell command line: ssh or this machine. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as scripts from '../generated/scripts.js';
import { redact, Secret } from '../secrets/secret.js';
import { AfterMarker } from './after-marker.js';
import { type Command, describe, script } from './command.js';
import { commandLine, envelope, type Privilege } from './envelope.js';
import type { HostFacts } from './facts.js';
import type { CommandResult, Host, HostQuery, RunOptions, WriteOptions } from './host.js';
import { hostErrors } from './host-errors.js';
import { LineSplitter } from './line-splitter.js';
import { parseFacts, requiredTools } from './read-facts.js';
import type { ShellChannel, ShellTransport } from './shell-channel.js';

/** Output kept for the caller; longer output is cut at its beginning. */
const maxOutput = 8 * 1024 * 1024;
/** Milliseconds for ending a command's processes, then for its channel to close; a host that is cut off answers to neither. */
const endTimeout = 10_000;
const abandonTimeout = 2_000;

export class ShellHost implements Host {
  readonly query: HostQuery;
  #facts: Promise<HostFacts> | undefined;

  constructor(
    readonly name: string,
    readonly address: string,
    private readonly transport: ShellTransport,
    private readonly privilege: Privilege,
  ) {
    this.query = {
      run: (command, options) => this.#execute(command, options ?? {}),
      succeeds: async (command, options) => (await this.#execute(command, options ?? {})).status === 0,
      output: async (command, options) => (await this.run(command, options)).stdout.replace(/\n$/, ''),
      readFile: (path, options) => this.#readFile(path, options?.signal),
      facts: () => {
        this.#facts ??= this.#readFacts();
        return this.#facts;
      },
      settle: (lock, options) => this.#settle(lock, options?.timeout ?? 60_000, options?.signal),
    };
  }

  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    const result = await this.#execute(command, options);
    if (result.status === 0) return result;
    const stderr = redact(result.stderr.trim().split('\n').slice(-10).join('\n'));
    const ended = result.signal ? `was ended by ${result.signal}` : `ended with status ${result.status}`;
    const text = describe(command);
    throw hostErrors.HOST_COMMAND_FAILED(
      { host: this.name, command: text, ended, stderr },
      {
        remote: {
          host: this.name,
          command: text,
          stderr,
          ...(result.status === undefined ? {} : { exitStatus: result.status }),
          ...(result.signal ? { signal: result.signal } : {}),
        },
      },
    );
  }

  async write(path: string, content: string | Buffer | Secret, options: WriteOptions = {}): Promise<void> {
    const mode = (options.mode ?? 0o644).toString(8);
    await this.run(script(scripts.writeFile, path, mode), { stdin: content, signal: options.signal });
  }

  connect(port: number, address = '127.0.0.1') {
    return this.transport.connect(port, address);
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  async #execute(command: Command, options: RunOptions, urgent = false): Promise<CommandResult> {
    options.signal?.throwIfAborted();
    const mark = randomBytes(8).toString('hex');
    const channel = await this.transport.exec(commandLine(this.privilege, mark, options.lock), {
      urgent,
      signal: options.signal,
    });
    const stop = new StopReason();
    const end = (reason: Error) => {
      if (!stop.set(reason)) return;
      void Promise.race([this.#endProcesses(`SEALER_COMMAND=${mark}`), sleep(endTimeout, undefined, { ref: false })])
        .finally(() => channel.abandon())
        .then(() => sleep(abandonTimeout, undefined, { ref: false }))
        .then(() => stop.giveUp());
    };
    const onAbort = () => end(options.signal?.reason instanceof Error ? options.signal.reason : new Error('aborted'));
    if (options.signal?.aborted) {
      // Cancelled while it waited for a channel: nothing of the command has been sent yet.
      channel.abandon();
      options.signal.throwIfAborted();
    }
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            const seconds = (options.timeout ?? 0) / 1000;
            end(hostErrors.HOST_COMMAND_TIMEOUT({ host: this.name, command: describe(command), seconds }));
          }, options.timeout);
    try {
      const after = { stdout: new AfterMarker(mark), stderr: new AfterMarker(mark) };
      const stdout = collect(channel.stdout, 'stdout', after.stdout, options);
      const stderr = collect(channel.stderr, 'stderr', after.stderr, options);
      const fed = feed(channel, envelope(command, this.privilege, mark, options), options.stdin);
      // What feeds the command may fail (a file that cannot be read): the command waits for it in vain.
      fed.catch((cause: Error) => end(cause));
      for (const output of [stdout, stderr]) output.catch(() => undefined);
      const { status, signal } = await Promise.race([channel.ended, stop.gaveUp]);
      await fed;
      if (stop.reason) throw stop.reason;
      const result = { status, signal, stdout: await stdout, stderr: await stderr };
      if (!after.stdout.seen && status !== undefined) throw this.#notStarted(after);
      return result;
    } catch (cause) {
      throw stop.reason ?? cause;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  #notStarted({ stdout, stderr }: { stdout: AfterMarker; stderr: AfterMarker }): Error {
    const said = [stdout.before, stderr.before].filter(Boolean).join('\n');
    const last = said.split('\n').slice(-3).join(' | ');
    return hostErrors.HOST_COMMAND_NOT_STARTED({ host: this.name, said: redact(last) });
  }

  /** Ends every process with this setting in its environment: TERM, then KILL. */
  async #endProcesses(setting: string): Promise<void> {
    await this.#execute(script(scripts.endProcesses, setting), {}, true).catch(() => undefined);
  }

  async #readFile(path: string, signal?: AbortSignal): Promise<string | undefined> {
    const result = await this.#execute(script('[ -e "$1" ] || exit 44; cat -- "$1"', path), { signal });
    if (result.status === 44) return undefined;
    if (result.status !== 0) {
      const stderr = result.stderr.trim();
      throw hostErrors.HOST_COMMAND_FAILED({
        host: this.name,
        command: `cat ${path}`,
        ended: `ended with status ${result.status}`,
        stderr,
      });
    }
    return result.stdout;
  }

  async #readFacts(): Promise<HostFacts> {
    const before = Date.now();
    const text = await this.query.output(script(scripts.readFacts, ...requiredTools));
    return parseFacts(text, (before + Date.now()) / 2, this.privilege.kind);
  }

  async #settle(lock: string, timeout: number, signal?: AbortSignal): Promise<boolean> {
    const wait = script(scripts.settle, lock, String(Math.ceil(timeout / 1000)));
    if ((await this.#execute(wait, { signal })).status === 0) return true;
    await this.#endProcesses(`SEALER_LOCK=${lock}`);
    return (await this.#execute(script('exec flock -w 5 "/run/sealer/$1.lock" true', lock), { signal })).status === 0;
  }
}

/** Why a command is to end before its time. */
class StopReason {
  reason: Error | undefined;
  giveUp!: () => void;
  /** Rejects when the host does not even answer to that. */
  readonly gaveUp = new Promise<never>((_, reject) => {
    this.giveUp = () => reject(this.reason);
  });

  constructor() {
    this.gaveUp.catch(() => undefined);
  }

  set(reason: Error): boolean {
    if (this.reason) return false;
    this.reason = reason;
    return true;
  }
}

async function feed(channel: ShellChannel, head: string, input: RunOptions['stdin']): Promise<void> {
  try {
    channel.stdin.on('error', () => undefined);
    const plain = input instanceof Secret ? input.reveal() : input;
    if (plain instanceof Readable) {
      if (!channel.stdin.write(head)) await once(channel.stdin, 'drain');
      await pipeline(plain, channel.stdin);
      return;
    }
    channel.stdin.write(head);
    channel.stdin.end(plain ?? '');
  } catch (cause) {
    // A command may end without having read its input; its status says whether that is an error.
    const code = (cause as { code?: string }).code;
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ERR_STREAM_DESTROYED') throw cause;
  }
}

async function collect(
  stream: Readable,
  kind: 'stdout' | 'stderr',
  after: AfterMarker,
  options: RunOptions,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const lines = options.onLine ? new LineSplitter((line) => options.onLine?.(redact(line), kind)) : undefined;
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    const chunk = after.take(bytes);
    lines?.push(chunk);
    chunks.push(chunk);
    size += chunk.length;
    while (size > maxOutput && chunks.length > 1) size -= chunks.shift()?.length ?? 0;
  }
  lines?.end();
  return Buffer.concat(chunks).toString('utf8');
}
