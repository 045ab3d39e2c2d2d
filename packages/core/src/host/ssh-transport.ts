/** One ssh connection to a host with several channels on it; opened again when it broke between commands. */
import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import type { Algorithms, ClientChannel, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import type { SshSettings } from '../cluster/cluster-spec.js';
import { SealerError } from '../errors/sealer-error.js';
import { hostErrors } from './host-errors.js';
import { checkHostKey } from './host-key-check.js';
import { knownKeys, rememberKey } from './known-hosts.js';
import type { ShellChannel, ShellTransport } from './shell-channel.js';
import { authPlan } from './ssh-auth.js';

/** sshd allows 10 sessions a connection by default (MaxSessions); two are left for ending commands. */
const maxChannels = 8;
const connectTimeout = 10_000;

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

  constructor(private readonly options: SshTransportOptions) {}

  /** Opens the connection now, so that problems show early. */
  async open(): Promise<void> {
    await this.#connection();
  }

  async exec(line: string): Promise<ShellChannel> {
    const client = await this.#connection();
    const { address } = this.options;
    return new Promise<ShellChannel>((started, failed) => {
      void this.#slots(
        () =>
          new Promise<void>((release) => {
            client.exec(line, (cause, stream) => {
              if (cause) {
                release();
                failed(hostErrors.HOST_CONNECTION_LOST({ host: address }, { cause }));
                return;
              }
              started(asShellChannel(client, stream, address, release));
            });
          }),
      );
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
    this.#client?.end();
    this.#client = undefined;
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
      client.once('error', (cause: Error & { level?: string }) => reject(refused ?? this.#explain(cause, auth.tried)));
      client.once('close', () => reject(refused ?? this.#explain(new Error('the connection was closed'), auth.tried)));
      client.connect(config);
    });
    client.on('error', () => undefined);
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
    if (cause.level === 'client-authentication') {
      return hostErrors.HOST_AUTH_FAILED({ host: address, user: ssh.user, tried }, { cause });
    }
    return hostErrors.HOST_UNREACHABLE({ host: address, port: ssh.port, reason: cause.message }, { cause });
  }
}

function asShellChannel(client: ssh2.Client, stream: ClientChannel, host: string, release: () => void): ShellChannel {
  const ended = new Promise<{ status: number | undefined; signal: string | undefined }>((resolve, reject) => {
    let result: { status: number | undefined; signal: string | undefined } | undefined;
    stream.once('exit', (status: number | null, signal?: string) => {
      result = { status: status ?? undefined, signal };
    });
    const lost = () => reject(hostErrors.HOST_CONNECTION_LOST({ host }));
    client.once('close', lost);
    stream.once('close', () => {
      client.removeListener('close', lost);
      release();
      if (result) resolve(result);
      else lost();
    });
  });
  // The caller may fail before it looks at `ended`.
  ended.catch(() => undefined);
  return { stdin: stream, stdout: stream, stderr: stream.stderr, ended, abandon: () => stream.close() };
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
