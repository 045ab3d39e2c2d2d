/** Opens an ssh connection: host key, ways to log in, ciphers. */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Algorithms, ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import type { SshSettings } from '../cluster/cluster-spec.js';
import { SealerError } from '../errors/sealer-error.js';
import { hostErrors } from './host-errors.js';
import { checkHostKey } from './host-key-check.js';
import { knownKeys, rememberKey } from './known-hosts.js';
import { type AuthPlan, authPlan } from './ssh-auth.js';

/** Milliseconds. */
const connectTimeout = 10_000;
/** Milliseconds a host has for its part of closing a connection. */
const closeTimeout = 2_000;
/** Milliseconds before each further try where sshd hung up on a stranger: too many were logging in (MaxStartups). */
const hungUpPauses = [300, 1_000];
/** Each session listens for the end of the connection. */
const maxListeners = 200;

export interface SshDialOptions {
  address: string;
  ssh: SshSettings;
  sealerHome: string;
  strictHostKeys: boolean;
}

/**
 * @param through makes the stream the connection runs through, in place of TCP
 * @throws HOST_UNREACHABLE, HOST_AUTH_FAILED, HOST_KEY_CHANGED, HOST_KEY_UNKNOWN, HOST_KEY_UNUSABLE
 */
export async function dialSsh(options: SshDialOptions, through?: () => Promise<Duplex>): Promise<ssh2.Client> {
  const auth = await authPlan(options.ssh);
  for (const pause of [...hungUpPauses, undefined]) {
    try {
      return await tryToDial(options, auth, await through?.());
    } catch (cause) {
      if (pause === undefined || !isHungUp(cause)) throw explain(cause as DialFailure, options, auth.tried);
      await sleep(pause);
    }
  }
  throw new Error('not reached');
}

type DialFailure = Error & { level?: string; code?: string };

async function tryToDial(options: SshDialOptions, auth: AuthPlan, sock: Duplex | undefined): Promise<ssh2.Client> {
  const { address, ssh, sealerHome, strictHostKeys } = options;
  const known = await knownKeys(sealerHome, address, ssh.port);
  let refused: SealerError | undefined;
  let fresh: Buffer | undefined;
  const config: ConnectConfig = {
    host: address,
    port: ssh.port,
    username: ssh.user,
    readyTimeout: connectTimeout,
    keepaliveInterval: 15_000,
    keepaliveCountMax: 4,
    authHandler: [...auth.methods],
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
    client.on('error', (cause: DialFailure) => {
      // An agent that does not answer is no reason not to try keys and password.
      if (cause.level !== 'agent') reject(refused ?? cause);
    });
    client.once('close', () => reject(refused ?? new Error('the connection was closed')));
    client.connect(config);
  });
  client.setMaxListeners(maxListeners);
  if (fresh) await rememberKey(sealerHome, address, ssh.port, fresh);
  return client;
}

function isHungUp(cause: unknown): boolean {
  const { message, code } = cause as DialFailure;
  return !SealerError.is(cause) && (code === 'ECONNRESET' || /lost before handshake/i.test(message));
}

function explain(cause: DialFailure, { address, ssh }: SshDialOptions, tried: readonly string[]): SealerError {
  if (SealerError.is(cause)) return cause;
  // With many keys in the agent, sshd hangs up before all were tried (MaxAuthTries).
  if (cause.level === 'client-authentication' || /too many authentication failures/i.test(cause.message)) {
    return hostErrors.HOST_AUTH_FAILED({ host: address, user: ssh.user, tried }, { cause });
  }
  return hostErrors.HOST_UNREACHABLE({ host: address, port: ssh.port, reason: cause.message }, { cause });
}

/** Says goodbye, and does not wait for a host that has gone. */
export function endConnection(client: ssh2.Client): Promise<void> {
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
