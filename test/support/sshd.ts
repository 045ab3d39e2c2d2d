/**
 * A real sshd on a loopback port, as a host of its own as far as files go: in a private mount namespace, where /etc is
 * a throw-away overlay (with users of its own) and /var/lib, /var/log and /run are throw-away disks. Needs root, openssh-server,
 * sudo; leaves nothing behind.
 */
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';

/** Password of all users below. */
export const userPassword = 'correct horse $(battery) \'staple"';
/** Logs in by password; its sudo asks for that password. */
export const askingUser = 'sealer-asks';
/** Logs in by password; its sudo asks for nothing. */
export const trustedUser = 'sealer-trusted';
/** Logs in by password; may not use sudo. */
export const plainUser = 'sealer-plain';

export interface Sshd extends AsyncDisposable {
  port: number;
  /** Private key (no passphrase) that lets root in. */
  keyFile: string;
  /** `type base64` of the host's key. */
  hostKey: string;
  /** Lets the holder of another key in as root. */
  authorize(publicKeyFile: string): Promise<void>;
  /** Runs a program where the host's files are. Resolves to stdout. */
  inside(argv: readonly string[]): Promise<string>;
  /** Ends all sessions, as a reboot would; new ones are welcome. */
  dropSessions(): Promise<void>;
  /** Puts lines before the usual ones of sshd_config (the first of a keyword counts), in place of those of the last call. */
  configure(lines: string): Promise<void>;
  /** Gives the host another key from now on. */
  changeHostKey(): Promise<void>;
  stop(): Promise<void>;
}

const setUp = `
set -e
mount -t tmpfs -o size="$2" tmpfs /var/lib
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
mkdir -p /run/sshd /run/etc/upper /run/etc/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc
for user in ${askingUser} ${trustedUser} ${plainUser}; do
  useradd --no-create-home --home-dir / --shell /bin/bash "$user" 2> /dev/null
  printf '%s:%s\\n' "$user" "$SSHD_USER_PASSWORD" | chpasswd
done
unset SSHD_USER_PASSWORD
printf '%s\\n' '${askingUser} ALL=(ALL) ALL' '${trustedUser} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/sealer-test
exec /usr/sbin/sshd -D -e -f "$1"
`;

/** @param options.disk size of the disk that holds /var/lib: `64m` (default) */
export async function startSshd(folder: string, options: { disk?: string } = {}): Promise<Sshd> {
  const port = await freePort();
  const keyFile = await makeKey(join(folder, 'root-key'));
  const hostKeyFile = await makeKey(join(folder, 'host-key'));
  const authorized = join(folder, 'authorized');
  await writeFile(authorized, await readFile(`${keyFile}.pub`));
  // sshd reads it as the user who logs in.
  await chmod(folder, 0o711);
  const banner = join(folder, 'banner');
  await writeFile(banner, 'Authorised use only.\nhostname=banner\n');
  const configFile = join(folder, 'sshd_config');
  const usual = `ListenAddress 127.0.0.1
Port ${port}
HostKey ${hostKeyFile}
PidFile none
StrictModes no
UsePAM yes
PermitRootLogin prohibit-password
PasswordAuthentication yes
KbdInteractiveAuthentication yes
AuthorizedKeysFile ${authorized}
Banner ${banner}
`;
  await writeFile(configFile, usual);
  const arguments_ = ['-m', '--propagation', 'private', 'bash', '-c', setUp, 'sshd', configFile, options.disk ?? '64m'];
  const child = execa('unshare', arguments_, {
    stdio: ['ignore', 'ignore', 'pipe'],
    buffer: false,
    reject: false,
    env: { SSHD_USER_PASSWORD: userPassword },
  });
  // Not its streams: what a command left running holds on to them.
  const exited = once(child, 'exit');
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Server listening')) resolve();
    });
    void exited.then(() => reject(new Error(`sshd did not start: ${log}`)));
  });
  const pid = String(child.pid);
  // sshd's own processes are its children; what a command left running is not among them.
  const sessions = async () =>
    (await execa('pgrep', ['-P', pid]).catch(() => ({ stdout: '' }))).stdout.split('\n').filter(Boolean).map(Number);
  const dropSessions = async () => {
    for (const session of await sessions()) process.kill(session, 'SIGKILL');
  };
  /** With the same process id; sessions stay. */
  const startAnew = async () => {
    log = '';
    child.kill('SIGHUP');
    while (!log.includes('Server listening')) await new Promise((again) => child.stderr.once('data', again));
  };
  const stop = async () => {
    await dropSessions();
    child.kill('SIGTERM');
    await exited;
  };
  return {
    port,
    keyFile,
    hostKey: await publicKey(hostKeyFile),
    authorize: async (file) => writeFile(authorized, await readFile(file), { flag: 'a' }),
    inside: async (argv) => (await execa('nsenter', ['-t', pid, '-m', '--', ...argv])).stdout,
    dropSessions,
    configure: async (lines) => {
      await writeFile(configFile, `${lines}\n${usual}`);
      await startAnew();
    },
    changeHostKey: async () => {
      await execa('rm', [hostKeyFile, `${hostKeyFile}.pub`]);
      await makeKey(hostKeyFile);
      await startAnew();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Makes an ed25519 key; resolves to the path of its private half. */
export async function makeKey(file: string, passphrase = ''): Promise<string> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file]);
  return file;
}

/** `type base64` of a key made by {@link makeKey}. */
export async function publicKey(file: string): Promise<string> {
  return (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
}

/** A loopback port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}
