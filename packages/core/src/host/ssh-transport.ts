/** A host by ssh: commands, and TCP connections from its point of view. */
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import { hostErrors } from './host-errors.js';
import type { ExecOptions, ShellChannel, ShellTransport } from './shell-channel.js';
import { prohibited, refusalReason, type SshChannel, startChannel } from './ssh-channel.js';
import { dialSsh, endConnection, type SshDialOptions } from './ssh-dial.js';
import { openRelay } from './ssh-relay.js';
import { SessionLimit, SessionPool } from './ssh-sessions.js';

/** sshd allows 10 sessions a connection by default (MaxSessions, sshd_config(5)); two are left for ending commands. */
const maxSessions = 8;

export class SshTransport implements ShellTransport {
  #bastion: SshTransport | undefined;
  #forwardingRefused = false;
  readonly #commands: SessionPool;
  /** For ending commands: with all others busy, that must not wait for those it is to end. */
  readonly #urgent: SessionPool;
  /** Of their own: a relay may last as long as the commands that wait for what it brings. */
  readonly #relays: SessionPool;

  constructor(private readonly options: SshDialOptions) {
    const limit = new SessionLimit(maxSessions);
    const pool = (sessions: number, connections: number) =>
      new SessionPool({ host: options.address, limit, sessions, connections, dial: () => this.#dial() });
    this.#commands = pool(maxSessions, 4);
    this.#urgent = pool(maxSessions, 2);
    this.#relays = pool(64, 16);
  }

  /** Opens the connection now, so that problems show early. */
  async open(): Promise<void> {
    await this.#commands.client();
  }

  exec(line: string, { urgent = false, signal }: ExecOptions = {}): Promise<ShellChannel> {
    return new Promise((resolve, reject) => {
      const cancel = () => reject(signal?.reason);
      signal?.addEventListener('abort', cancel, { once: true });
      (urgent ? this.#startUrgently(line, signal) : this.#commands.start(line, signal))
        .then(resolve, reject)
        .finally(() => signal?.removeEventListener('abort', cancel));
    });
  }

  async connect(port: number, address: string): Promise<Duplex> {
    if (!this.#forwardingRefused) {
      try {
        return await forward(await this.#commands.client(), port, address);
      } catch (cause) {
        const host = `${this.options.address} (${address})`;
        if (refusalReason(cause) !== prohibited)
          throw hostErrors.HOST_UNREACHABLE({ host, port, reason: (cause as Error).message }, { cause });
        this.#forwardingRefused = true;
      }
    }
    const start = (line: string) => this.#relays.start(line);
    return await openRelay(start, { host: this.options.address, address, port });
  }

  async close(): Promise<void> {
    const clients = [this.#commands, this.#urgent, this.#relays].flatMap((pool) => pool.take());
    await Promise.all(clients.map(endConnection));
    await this.#bastion?.close();
  }

  async #startUrgently(line: string, signal: AbortSignal | undefined): Promise<SshChannel> {
    const [client] = this.#commands.clients;
    if (!client) return await this.#commands.start(line, signal);
    return await startChannel(client, line, this.options.address).catch(() => this.#urgent.start(line, signal));
  }

  #dial(): Promise<ssh2.Client> {
    const { bastion, port } = this.options.ssh;
    if (!bastion) return dialSsh(this.options);
    this.#bastion ??= new SshTransport({ ...this.options, address: bastion.address, ssh: bastion });
    return dialSsh(this.options, () => (this.#bastion as SshTransport).connect(port, this.options.address));
  }
}

function forward(client: ssh2.Client, port: number, address: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, address, port, (cause, stream) => (cause ? reject(cause) : resolve(stream)));
  });
}
