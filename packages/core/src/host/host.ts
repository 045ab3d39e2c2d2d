/**
 * A machine sealer works on. There are two ways to touch it and no third: `query` reads (also in a dry run),
 * everything else changes (and is recorded, not done, in a dry run).
 */
import type { Readable } from 'node:stream';
import type { Secret } from '../secrets/secret.js';
import type { Command } from './command.js';
import type { HostFacts } from './facts.js';

export interface CommandResult {
  /** Exit status; undefined when a signal ended the command. */
  status: number | undefined;
  signal: string | undefined;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** Bytes for the command's standard input. */
  stdin?: string | Buffer | Readable | Secret;
  /** Milliseconds; the command is ended and HOST_COMMAND_TIMEOUT thrown. Default: none. */
  timeout?: number;
  /** Extra environment, quoted by the host; values may be secrets. */
  env?: Readonly<Record<string, string | Secret>>;
  /** Called with each line as the command writes it, redacted. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /**
   * Name of a lock on the host that the command holds for as long as it lives, also when sealer dies.
   * Another command with the same lock waits for it. `settle(lock)` waits for it without running anything.
   */
  lock?: string;
}

export interface WriteOptions {
  /** Permission bits, default 0o644. */
  mode?: number;
  signal?: AbortSignal | undefined;
}

export interface HostQuery {
  /** Runs a command that only reads. Does not throw on a non-zero status. */
  run(command: Command, options?: RunOptions): Promise<CommandResult>;
  /** True when the command exits 0. Throws only when the host cannot be asked. */
  succeeds(command: Command, options?: RunOptions): Promise<boolean>;
  /** Standard output, trailing newline removed. @throws HOST_COMMAND_FAILED on a non-zero status. */
  output(command: Command, options?: RunOptions): Promise<string>;
  /** The file's text, or undefined when there is none. */
  readFile(path: string, options?: { signal?: AbortSignal | undefined }): Promise<string | undefined>;
  /** What kind of machine this is; read once a connection and remembered. */
  facts(options?: { signal?: AbortSignal | undefined }): Promise<HostFacts>;
  /** Waits until nobody holds this lock (see RunOptions.lock). False when somebody still does after `timeout` ms. */
  settle(lock: string, options?: { timeout?: number; signal?: AbortSignal | undefined }): Promise<boolean>;
}

export interface Host {
  /** How it is named in messages, plans and state: its address as the user wrote it. */
  readonly name: string;
  /** Where its cluster traffic goes: an IP address. */
  readonly address: string;
  readonly query: HostQuery;
  /** Runs a command that changes the host. @throws HOST_COMMAND_FAILED on a non-zero status or a signal. */
  run(command: Command, options?: RunOptions): Promise<CommandResult>;
  /** Writes a file atomically (temporary name beside it, fsync, rename); parent folders are made. */
  write(path: string, content: string | Buffer | Secret, options?: WriteOptions): Promise<void>;
  /** Opens a TCP connection from the host's point of view (ssh direct-tcpip). Used to reach services on its loopback. */
  connect(port: number, address?: string): Promise<import('node:stream').Duplex>;
  close(): Promise<void>;
}
