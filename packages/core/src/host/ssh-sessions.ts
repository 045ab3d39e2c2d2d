/**
 * Sessions on ssh connections to one host. sshd bounds the sessions of a connection (MaxSessions): what is refused waits
 * for one that ends, and a second connection, and a third, are opened when few fit on one. So a small bound makes things
 * slower, and nothing waits for ever for what holds a session all the time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type ssh2 from 'ssh2';
import { hostErrors } from './host-errors.js';
import { refusalReason, type SshChannel, startChannel } from './ssh-channel.js';
import { Turns } from './turns.js';

/** Milliseconds after which one session more is tried than was granted before. */
const growAfter = 10_000;
/** Milliseconds between tries while sshd still counts a session that has ended, and how long that may last. */
const lingerPause = 100;
const lingerLimit = 10_000;
/** Milliseconds after a connection was refused, until another is tried; and how long others may hold all sessions then. */
const dialPause = 30_000;
const heldLimit = 120_000;
const brokenTries = 2;

/** How many sessions sshd grants on one connection, as far as it has shown. */
export class SessionLimit {
  #known: number;
  #since = 0;

  constructor(private readonly wanted: number) {
    this.#known = wanted;
  }

  get now(): number {
    return Math.min(this.wanted, this.#known + Math.floor((Date.now() - this.#since) / growAfter));
  }

  /** One more than these was refused. */
  refusedBeside(open: number): void {
    this.#known = Math.max(1, open);
    this.#since = Date.now();
  }
}

export interface SessionPoolOptions {
  host: string;
  dial: () => Promise<ssh2.Client>;
  limit: SessionLimit;
  /** Bounds over all connections. */
  sessions: number;
  connections: number;
}

interface Connection {
  client: ssh2.Client;
  /** Asked for or open; open; the most that were ever open at once. */
  taken: number;
  open: number;
  peak: number;
}

export class SessionPool {
  readonly #connections = new Set<Connection>();
  readonly #turns = new Turns();
  #dialing: Promise<Connection> | undefined;
  #refused: { cause: unknown; at: number } | undefined;

  constructor(private readonly options: SessionPoolOptions) {}

  /** The connections there are. */
  get clients(): ssh2.Client[] {
    return [...this.#connections].map(({ client }) => client);
  }

  /** A connection, opened when there is none. */
  async client(): Promise<ssh2.Client> {
    const [first] = this.#connections;
    return (first ?? (await this.#dial())).client;
  }

  /** @throws HOST_CONNECTION_LOST, HOST_SESSION_REFUSED, and what dialing throws */
  async start(line: string, signal?: AbortSignal): Promise<SshChannel> {
    const { host } = this.options;
    const begun = Date.now();
    for (let broken = 0; ; ) {
      const connection = await this.#room(signal);
      const started = await startChannel(connection.client, line, host).catch((cause: Error) => ({ cause }));
      if (!('cause' in started)) {
        this.#hold(connection, started);
        if (!signal?.aborted) return started;
        started.abandon();
        throw signal.reason;
      }
      const { cause } = started;
      this.#leave(connection);
      if (refusalReason(cause) !== undefined) {
        await this.#refusedOn(connection, cause, Date.now() - begun, signal);
        continue;
      }
      // It broke while nothing used it: nothing of the command has been sent yet, and a new one is as good.
      this.#forget(connection);
      broken += 1;
      if (broken >= brokenTries) throw hostErrors.HOST_CONNECTION_LOST({ host }, { cause });
    }
  }

  /** The connections, which the caller is to end. */
  take(): ssh2.Client[] {
    const { clients } = this;
    this.#connections.clear();
    this.#turns.all();
    return clients;
  }

  #hold(connection: Connection, channel: SshChannel): void {
    connection.open += 1;
    connection.peak = Math.max(connection.peak, connection.open);
    void channel.over.then(() => {
      connection.open -= 1;
      this.#leave(connection);
    });
  }

  async #refusedOn(connection: Connection, cause: Error, waited: number, signal?: AbortSignal): Promise<void> {
    // Of several that were asked for at once, a refusal may be told before what was granted is.
    if (connection.peak === 0 && connection.taken === 0)
      throw hostErrors.HOST_SESSION_REFUSED({ host: this.options.host, reason: cause.message }, { cause });
    if (connection.open >= connection.peak) return this.options.limit.refusedBeside(connection.open);
    // A session counts until its last process has ended: its channel may be closed before.
    if (waited < lingerLimit) return await sleep(lingerPause, undefined, signal ? { signal } : {});
    this.options.limit.refusedBeside(connection.open);
    connection.peak = connection.open;
    // What holds the session is none of ours any more.
    if (connection.open === 0) {
      this.#forget(connection);
      connection.client.end();
    }
  }

  /** A place on a connection, which is taken. */
  async #room(signal?: AbortSignal): Promise<Connection> {
    for (;;) {
      signal?.throwIfAborted();
      const all = [...this.#connections];
      if (all.reduce((sum, { taken }) => sum + taken, 0) < this.options.sessions) {
        const free = all.find(({ taken }) => taken < this.options.limit.now);
        if (free) {
          free.taken += 1;
          return free;
        }
        const refused = this.#refused && Date.now() - this.#refused.at < dialPause;
        if (all.length === 0 || (all.length < this.options.connections && !refused)) {
          await this.#dial().catch((cause) => {
            if (this.#connections.size === 0) throw cause;
            this.#refused = { cause, at: Date.now() };
          });
          continue;
        }
      }
      // Where no other connection can be had, all may wait for what holds the sessions for good.
      const passed = await this.#turns.next(this.#refused ? heldLimit : undefined, signal);
      if (!passed) throw this.#refused?.cause;
    }
  }

  #leave(connection: Connection): void {
    connection.taken -= 1;
    this.#turns.one();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#turns.all();
  }

  #dial(): Promise<Connection> {
    this.#dialing ??= this.options
      .dial()
      .then((client) => {
        const connection = { client, taken: 0, open: 0, peak: 0 };
        this.#connections.add(connection);
        client.once('close', () => this.#forget(connection));
        return connection;
      })
      .finally(() => {
        this.#dialing = undefined;
      });
    return this.#dialing;
  }
}
