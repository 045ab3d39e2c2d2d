/** One command over an ssh connection (RFC 4254, section 6). */
import type ssh2 from 'ssh2';
import type { ClientChannel } from 'ssh2';
import { hostErrors } from './host-errors.js';
import type { ShellChannel } from './shell-channel.js';

export interface SshChannel extends ShellChannel {
  /** Resolves when the command has ended, the connection broke, or the channel was abandoned. */
  over: Promise<void>;
}

/** Why sshd refused a channel (RFC 4254, section 5.1); undefined: the connection broke. */
export function refusalReason(cause: unknown): number | undefined {
  const { reason } = cause as { reason?: unknown };
  return reason === undefined ? undefined : Number(reason);
}

/** The reason for what its settings forbid. */
export const prohibited = 1;

export function startChannel(client: ssh2.Client, line: string, host: string): Promise<SshChannel> {
  return new Promise((resolve, reject) => {
    // Listened to at once: the end of a short command may be in the packet that says it began.
    client.exec(line, (cause, stream) => (cause ? reject(cause) : resolve(asShellChannel(client, stream, host))));
  });
}

function asShellChannel(client: ssh2.Client, stream: ClientChannel, host: string): SshChannel {
  let abandoned!: () => void;
  const gone = new Promise<void>((resolve) => {
    abandoned = resolve;
  });
  const ended = new Promise<{ status: number | undefined; signal: string | undefined }>((resolve, reject) => {
    let result: { status: number | undefined; signal: string | undefined } | undefined;
    stream.once('exit', (status: number | null, signal?: string) => {
      result = { status: status ?? undefined, signal };
    });
    const lost = () => reject(hostErrors.HOST_CONNECTION_LOST({ host }));
    client.once('close', lost);
    stream.once('close', () => {
      client.removeListener('close', lost);
      if (result) resolve(result);
      else lost();
    });
  });
  const settled = ended.then(
    () => undefined,
    // The caller may fail before it looks at `ended`.
    () => undefined,
  );
  const abandon = () => {
    stream.close();
    abandoned();
  };
  return { stdin: stream, stdout: stream, stderr: stream.stderr, ended, abandon, over: Promise.race([settled, gone]) };
}
