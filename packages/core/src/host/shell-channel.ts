/** One running command line, wherever it runs: what ssh channels and local child processes have in common. */
import type { Readable, Writable } from 'node:stream';

export interface ShellChannel {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Resolves when the command ended and its output was read. Rejects when the connection broke. */
  ended: Promise<{ status: number | undefined; signal: string | undefined }>;
  /** Drops the channel; the command is ended by other means (see ShellHost). */
  abandon(): void;
}

export interface ExecOptions {
  /** Does not wait for others to end, as those must that are to end them. */
  urgent?: boolean | undefined;
  /** Ends the waiting for a free channel; not the command. */
  signal?: AbortSignal | undefined;
}

export interface ShellTransport {
  /** Starts a command line of a POSIX shell. */
  exec(commandLine: string, options?: ExecOptions): Promise<ShellChannel>;
  connect(port: number, address: string): Promise<import('node:stream').Duplex>;
  close(): Promise<void>;
}
