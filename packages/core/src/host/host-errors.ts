import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

const exitCode = ExitCode.host;

export const hostErrors = defineErrors({
  HOST_UNREACHABLE: error<{ host: string; port: number; reason: string }>({
    exitCode,
    about: 'No ssh connection to a host could be opened.',
    message: ({ host, port, reason }) => `cannot reach host ${host} on port ${port}: ${reason}`,
    hint: 'check the address, the port, the firewall, and that sshd runs there',
  }),
  HOST_AUTH_FAILED: error<{ host: string; user: string; tried: readonly string[] }>({
    exitCode,
    about: 'A host refused every way to log in that was tried.',
    message: ({ host, user, tried }) =>
      `host ${host} refused to log in user ${user}; tried ${tried.length ? tried.join(', ') : 'nothing: there is no key, agent or password'}`,
    hint: 'give the right password (--passwd-stdin) or key (--pk), or add your key to the agent',
  }),
  HOST_KEY_CHANGED: error<{ host: string; seen: string; known: string; place: string }>({
    exitCode,
    about: 'A host shows another ssh key than the one that is known: it was reinstalled, or somebody is in between.',
    message: ({ host, seen, known, place }) =>
      `the ssh key of host ${host} has changed: it shows ${seen}, but ${place} says ${known}`,
    hint: ({ place }) => `if the host was reinstalled, remove its line from ${place}; else somebody may be listening`,
  }),
  HOST_KEY_UNKNOWN: error<{ host: string; seen: string }>({
    exitCode,
    about: 'With --strict-host-keys, a host whose ssh key is not known.',
    message: ({ host, seen }) => `the ssh key of host ${host} is not known: it shows ${seen}`,
    hint: 'compare the fingerprint on the host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and add it to ~/.ssh/known_hosts or to hostKeys in the Clusterfile',
  }),
  HOST_KEY_UNUSABLE: error<{ path: string; reason: string }>({
    exitCode,
    about: 'A private key that was asked for cannot be read.',
    message: ({ path, reason }) => `cannot use private key ${path}: ${reason}`,
    hint: 'check the path and the passphrase (--pk-passwd)',
  }),
  HOST_CONNECTION_LOST: error<{ host: string }>({
    exitCode,
    about: 'The ssh connection broke while a command ran.',
    message: ({ host }) => `the connection to host ${host} was lost while a command ran`,
    hint: 'run again: finished steps are not repeated',
  }),
  HOST_SESSION_REFUSED: error<{ host: string; reason: string }>({
    exitCode,
    about: 'A host took a login and opens no session on the connection, not even the first.',
    message: ({ host, reason }) => `sshd of host ${host} opens no session: ${reason}`,
    hint: 'look at MaxSessions in /etc/ssh/sshd_config on the host: 0 allows none, 1 is enough',
  }),
  HOST_FORWARDING_REFUSED: error<{ host: string; said: string }>({
    exitCode,
    about: 'sshd of a host forwards no connection, and the command that would do so in its place was not carried out.',
    message: ({ host, said }) =>
      `sshd of host ${host} forwards no connections, and bash does not do so in its place; what came was: ${said}`,
    hint: 'on that host, allow one of the two: forwarding (AllowTcpForwarding, DisableForwarding, PermitOpen in sshd_config; restrict, no-port-forwarding, permitopen= in authorized_keys), or a login shell that runs bash (ForceCommand, command=)',
  }),
  HOST_SUDO_REFUSED: error<{ host: string; user: string; reason: string; hint: string }>({
    exitCode,
    about: 'The login user is not root and sudo does not let it become root; the message says why, as sudo said it.',
    message: ({ host, user, reason }) => `user ${user} cannot become root by sudo on host ${host}: ${reason}`,
    hint: ({ hint }) => hint,
  }),
  HOST_COMMAND_NOT_STARTED: error<{ host: string; said: string }>({
    exitCode,
    about:
      'A host took a login and did not carry out the command that was sent: there is no bash, a forced command in its place, a login shell that is none, or a password that has to be changed first.',
    message: ({ host, said }) =>
      `host ${host} let us in and did not start the command${said ? `; it said: ${said}` : ', without a word'}`,
    hint: 'log in there by ssh and run `bash -c id`: look at the login shell of the user, ForceCommand in sshd_config, command= in authorized_keys, and whether bash is installed',
  }),
  HOST_COMMAND_FAILED: error<{ host: string; command: string; ended: string; stderr: string }>({
    exitCode,
    about: 'A command on a host ended with a non-zero status or by a signal.',
    message: ({ host, command, ended, stderr }) =>
      `on host ${host}, \`${command}\` ${ended}${stderr ? `: ${stderr.split('\n').at(-1)}` : ''}`,
    hint: 'look at the lines it wrote; after the cause is removed, run again: finished steps are not repeated',
  }),
  HOST_COMMAND_TIMEOUT: error<{ host: string; command: string; seconds: number }>({
    exitCode,
    about: 'A command on a host did not end in its time and was ended.',
    message: ({ host, command, seconds }) => `on host ${host}, \`${command}\` did not end within ${seconds} s`,
    hint: 'look at the load and the logs of the host, then run again',
  }),
  HOST_BLOB_CORRUPT: error<{ host: string; digest: string }>({
    exitCode,
    about: 'Bytes that arrived on a host, twice in a row, were not the ones sent.',
    message: ({ host, digest }) =>
      `what arrived on host ${host} does not have the digest ${digest}; it was removed there`,
    hint: 'check the network and the disk of the host, then run again',
  }),
  HOST_LAYER_UNSAFE: error<{ host: string; layer: string; reason: string }>({
    exitCode,
    about:
      'A rootfs layer of the image would write outside the rootfs, or holds devices: absolute names, `..`, or paths through links that lead out.',
    message: ({ host, layer, reason }) => `layer ${layer} was not unpacked on host ${host}: it ${reason}`,
    hint: 'nothing of the image was put to use; ask who made the image, and verify its signature',
  }),
  HOST_DISK_FULL: error<{ host: string; needed: number; free: number; path: string }>({
    exitCode,
    about: 'A host has no room for what is to be copied or unpacked.',
    message: ({ host, needed, free, path }) =>
      needed === 0
        ? `host ${host} has no room left at ${path}: it ran full while files were unpacked`
        : `host ${host} has ${Math.floor(free / 1e6)} MB free at ${path}, needed are ${Math.ceil(needed / 1e6)} MB`,
    hint: 'free or add disk space there, then run again: what has arrived is kept',
  }),
  HOST_LOCK_HELD: error<{ host: string; lock: string }>({
    exitCode,
    about: 'A command of an earlier run still runs on a host and does not end.',
    message: ({ host, lock }) => `a command of an earlier run still holds "${lock}" on host ${host}`,
    hint: 'wait for it, or end it on the host, then run again',
  }),
});
