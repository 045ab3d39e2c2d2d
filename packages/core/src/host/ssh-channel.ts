/** One command over an ssh connection (RFC 4254, section 6). */
import { setTimeout as sleep } from 'node:timers/promises';
import type ssh2 from 'ssh2';
import type { ClientChannel } from 'ssh2';
import { hostErrors } from './host-errors.js';
import type { ShellChannel } from './shell-channel.js';

/**
 * sshd counts a session until its last process has ended, so that one whose channel is closed may still be in the way
 * of the next. Milliseconds between tries, and how many there are.
 */
const refusedPause = 200;
const refusedTries = 50;
const brokenTries = 2;

export interface SshChannel extends ShellChannel {
  /** Resolves when the command has ended, the connection broke, or the channel was abandoned. */
  over: Promise<void>;
}

/** @throws HOST_CONNECTION_LOST */
export async function openChannel(
  connection: () => Promise<ssh2.Client>,
  line: string,
  host: string,
  signal?: AbortSignal,
): Promise<SshChannel> {
  for (let tries = 1; ; tries++) {
    const client = await connection();
    try {
      return await start(client, line, host);
    } catch (cause) {
      // `reason`: the channel was refused, the connection is well. Else it broke while nothing used it: nothing of the
      // command has been sent yet, and a new connection is as good.
      const refused = (cause as { reason?: unknown }).reason !== undefined;
      if (tries >= (refused ? refusedTries : brokenTries))
        throw hostErrors.HOST_CONNECTION_LOST({ host }, { cause: cause as Error });
      await sleep(refusedPause, undefined, signal ? { signal } : {});
    }
  }
}

function start(client: ssh2.Client, line: string, host: string): Promise<SshChannel> {
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
