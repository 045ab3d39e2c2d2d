/** Finds out how commands on a host become root. */
import { redact, type Secret } from '../secrets/secret.js';
import type { Privilege } from './envelope.js';
import { hostErrors } from './host-errors.js';
import type { ShellTransport } from './shell-channel.js';
import { type Refusal, refusalOf } from './sudo-refusals.js';

export interface Login {
  host: string;
  user: string;
  password?: Secret | undefined;
}

/** In the same form as every command, so that sudo's rules judge the same; login shells may write before it. */
const probe = `env LC_ALL=C LANGUAGE=C bash -c 'echo "sealer-uid:$(id -u):"'`;
const sudo = 'env LC_ALL=C LANGUAGE=C sudo';

interface Answer {
  status: number | undefined;
  /** Undefined when the probe was not executed. */
  uid: number | undefined;
  stdout: string;
  stderr: string;
}

/** @throws HOST_COMMAND_NOT_STARTED, HOST_SUDO_REFUSED */
export async function findPrivilege({ host, user, password }: Login, transport: ShellTransport): Promise<Privilege> {
  const direct = await ask(transport, probe);
  if (direct.uid === 0) return { kind: 'root' };
  if (direct.uid === undefined) {
    const said = redact([direct.stdout, direct.stderr].join('\n').trim().split('\n').slice(-3).join(' | '));
    throw hostErrors.HOST_COMMAND_NOT_STARTED({ host, said });
  }
  const refuse = ({ reason, hint }: Omit<Refusal, 'kind'>) =>
    hostErrors.HOST_SUDO_REFUSED({ host, user, reason: redact(reason), hint });
  const silent = await ask(transport, `${sudo} -n ${probe}`);
  if (silent.uid === 0) return { kind: 'sudo' };
  if (silent.uid !== undefined) throw refuse(notRoot(silent.uid));
  const refusal = refusalOf(silent.stderr, silent.status);
  if (refusal.kind !== 'password-wanted' || !password) throw refuse(refusal);
  const asked = await ask(transport, `${sudo} -k -S -p '' ${probe}`, `${password.reveal()}\n`);
  if (asked.uid === 0) return { kind: 'sudo-password', password };
  throw refuse(asked.uid === undefined ? refusalOf(asked.stderr, asked.status) : notRoot(asked.uid));
}

function notRoot(uid: number): Omit<Refusal, 'kind'> {
  return {
    reason: `sudo makes it user number ${uid}, not root`,
    hint: 'look for runas_default in /etc/sudoers on the host, or log in as root',
  };
}

async function ask(transport: ShellTransport, line: string, input = ''): Promise<Answer> {
  const channel = await transport.exec(line);
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    channel[stream].on('data', (chunk: Buffer) => {
      text[stream] += chunk.toString();
    });
  channel.stdin.on('error', () => undefined);
  channel.stdin.end(input);
  const { status } = await channel.ended;
  const uid = /sealer-uid:(\d+):/.exec(text.stdout)?.[1];
  return { status, uid: uid === undefined ? undefined : Number(uid), ...text };
}
