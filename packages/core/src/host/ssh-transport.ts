/** One ssh connection to a host with several channels on it; opened again when it broke between commands. */
import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import type { Algorithms, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import type { SshSettings } from '../cluster/cluster-spec.js';
import { SealerError } from '../errors/sealer-error.js';
import { hostErrors } from './host-errors.js';
import { checkHostKey } from './host-key-check.js';
import { knownKeys, rememberKey } from './known-hosts.js';
import type { ExecOptions, ShellChannel, ShellTransport } from './shell-channel.js';
import { authPlan } from './ssh-auth.js';
import { openChannel } from './ssh-channel.js';

/** sshd allows 10 sessions a connection by default (MaxSessions, sshd_config(5)). */
const maxChannels = 8;
/** For ending commands: with all others busy, that must not wait for those it is to end. */
const spareChannels = 2;
/** Milliseconds. */
const connectTimeout = 10_000;
/** Milliseconds a host has for its part of closing a connection. */
const closeTimeout = 2_000;

export interface SshTransportOptions {
  address: string;
  ssh: SshSettings;
  sealerHome: string;
  strictHostKeys: boolean;
  onNewHostKey?: (fingerprint: string) => void;
}

export class SshTransport implements ShellTransport {
  #client: ssh2.Client | undefined;
  #connecting: Promise<ssh2.Client> | undefined;
  #bastion: SshTransport | undefined;
  readonly #slots = pLimit(maxChannels);
  readonly #spare = pLimit(spareChannels);

  constructor(private readonly options: SshTransportOptions) {}

  /** Opens the connection now, so that problems show early. */
  async open(): Promise<void> {
    await this.#connection();
  }

  exec(line: string, { urgent = false, signal }: ExecOptions = {}): Promise<ShellChannel> {
    return new Promise((started, failed) => {
      const cancel = () => failed(signal?.reason);
      signal?.addEventListener('abort', cancel, { once: true });
      void (urgent ? this.#spare : this.#slots)(async () => {
        try {
          signal?.throwIfAborted();
          // Asked for only now: a connection that broke while this waited is opened again.
          const channel = await openChannel(() => this.#connection(), line, this.options.address, signal);
          started(channel);
          await channel.over;
        } catch (cause) {
          failed(cause);
        } finally {
          signal?.removeEventListener('abort', cancel);
        }
      });
    });
  }

  async connect(port: number, address: string): Promise<Duplex> {
    const client = await this.#connection();
    return new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, address, port, (cause, stream) => {
        if (cause)
          reject(
            hostErrors.HOST_UNREACHABLE(
              { host: `${this.options.address} (${address})`, port, reason: cause.message },
              { cause },
            ),
          );
        else resolve(stream);
      });
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client) await endConnection(client);
    await this.#bastion?.close();
  }

  #connection(): Promise<ssh2.Client> {
    if (this.#client) return Promise.resolve(this.#client);
    this.#connecting ??= this.#dial().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #dial(): Promise<ssh2.Client> {
    const { address, ssh, sealerHome, strictHostKeys } = this.options;
    const known = await knownKeys(sealerHome, address, ssh.port);
    const auth = await authPlan(ssh);
    const sock = ssh.bastion ? await this.#throughBastion(ssh.bastion) : undefined;
    let refused: SealerError | undefined;
    let fresh: Buffer | undefined;
    const config: ConnectConfig = {
      host: address,
      port: ssh.port,
      username: ssh.user,
      readyTimeout: connectTimeout,
      keepaliveInterval: 15_000,
      keepaliveCountMax: 4,
      authHandler: auth.methods,
      algorithms: algorithms(known.map((key) => key.type)),
      hostVerifier: (key: Buffer) => {
        const verdict = checkHostKey(address, key, { known, pins: ssh.hostKeys, strict: strictHostKeys });
        if (verdict.kind === 'refused') refused = verdict.error;
        if (verdict.kind === 'new') fresh = key;
        return verdict.kind !== 'refused';
      },
      ...(sock ? { sock } : {}),
    };
    const client = new ssh2.Client();
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.on('error', (cause: Error & { level?: string }) => {
        // An agent that does not answer is no reason not to try keys and password.
        if (cause.level !== 'agent') reject(refused ?? this.#explain(cause, auth.tried));
      });
      client.once('close', () => reject(refused ?? this.#explain(new Error('the connection was closed'), auth.tried)));
      client.connect(config);
    });
    // Each channel listens for the end of the connection.
    client.setMaxListeners(maxChannels + spareChannels + 10);
    client.once('close', () => {
      if (this.#client === client) this.#client = undefined;
    });
    if (fresh) await rememberKey(sealerHome, address, ssh.port, fresh);
    this.#client = client;
    return client;
  }

  async #throughBastion(target: NonNullable<SshSettings['bastion']>): Promise<Duplex> {
    this.#bastion ??= new SshTransport({ ...this.options, address: target.address, ssh: target });
    return this.#bastion.connect(this.options.ssh.port, this.options.address);
  }

  #explain(cause: Error & { level?: string }, tried: readonly string[]): SealerError {
    const { address, ssh } = this.options;
    if (SealerError.is(cause)) return cause;
    // With many keys in the agent, sshd hangs up before all were tried (MaxAuthTries).
    if (cause.level === 'client-authentication' || /too many authentication failures/i.test(cause.message)) {
      return hostErrors.HOST_AUTH_FAILED({ host: address, user: ssh.user, tried }, { cause });
    }
    return hostErrors.HOST_UNREACHABLE({ host: address, port: ssh.port, reason: cause.message }, { cause });
  }
}

/** Says goodbye, and does not wait for a host that has gone. */
function endConnection(client: ssh2.Client): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      client.destroy();
      resolve();
    }, closeTimeout);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    client.end();
  });
}

const hostKeyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

/** AES-GCM is the fastest here (measured); a host known by one kind of key is asked for that kind first. */
function algorithms(knownTypes: readonly string[]): Algorithms {
  const known = (type: string) =>
    knownTypes.includes(type) || (type.startsWith('rsa-') && knownTypes.includes('ssh-rsa'));
  const serverHostKey = [...hostKeyTypes.filter(known), ...hostKeyTypes.filter((type) => !known(type))];
  return {
    cipher: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'chacha20-poly1305@openssh.com',
      'aes128-ctr',
      'aes256-ctr',
    ],
    serverHostKey,
  };
}
