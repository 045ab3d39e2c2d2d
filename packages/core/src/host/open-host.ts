/** Connects to the hosts of a cluster: chooses ssh or this machine, and finds out how to become root. */
import pLimit from 'p-limit';
import type { HostSpec } from '../cluster/cluster-spec.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Privilege } from './envelope.js';
import type { Host } from './host.js';
import { hostErrors } from './host-errors.js';
import { localTransport } from './local-transport.js';
import type { ShellTransport } from './shell-channel.js';
import { ShellHost } from './shell-host.js';
import { SshTransport } from './ssh-transport.js';

export interface OpenHostOptions {
  sealerHome: string;
  strictHostKeys?: boolean;
  emit?: Emit;
  signal?: AbortSignal | undefined;
}

/** @throws HOST_UNREACHABLE, HOST_AUTH_FAILED, HOST_KEY_CHANGED, HOST_KEY_UNKNOWN, HOST_SUDO_REFUSED */
export async function openHost(spec: HostSpec, options: OpenHostOptions): Promise<Host> {
  options.signal?.throwIfAborted();
  if (spec.local) {
    return new ShellHost(spec.address, spec.address, localTransport, await privilegeOf(spec, localTransport));
  }
  const transport = new SshTransport({
    address: spec.address,
    ssh: spec.ssh,
    sealerHome: options.sealerHome,
    strictHostKeys: options.strictHostKeys ?? false,
  });
  try {
    await transport.open();
    return new ShellHost(spec.address, spec.address, transport, await privilegeOf(spec, transport));
  } catch (cause) {
    await transport.close();
    throw cause;
  }
}

export interface OpenedHosts {
  hosts: Map<string, Host>;
  failures: { name: string; error: SealerError }[];
}

/** Connects to all; one that fails does not keep the others from being tried. */
export async function openHosts(
  specs: readonly HostSpec[],
  options: OpenHostOptions & { concurrency?: number },
): Promise<OpenedHosts> {
  const limit = pLimit(options.concurrency ?? 20);
  const hosts = new Map<string, Host>();
  const failures: OpenedHosts['failures'] = [];
  await Promise.all(
    specs.map((spec) =>
      limit(async () => {
        try {
          hosts.set(spec.address, await openHost(spec, options));
        } catch (cause) {
          if (!SealerError.is(cause)) throw cause;
          failures.push({ name: spec.address, error: cause });
        }
      }),
    ),
  );
  return { hosts, failures };
}

async function privilegeOf(spec: HostSpec, transport: ShellTransport): Promise<Privilege> {
  const ask = async (line: string, input = ''): Promise<{ status: number | undefined; text: string }> => {
    const channel = await transport.exec(line);
    let text = '';
    channel.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    channel.stdin.on('error', () => undefined);
    channel.stdin.end(input);
    const { status } = await channel.ended;
    return { status, text: text.trim() };
  };
  if ((await ask('id -u')).text === '0') return { kind: 'root' };
  if ((await ask('sudo -n true')).status === 0) return { kind: 'sudo' };
  const { user, password } = spec.ssh;
  const refuse = (reason: string) => hostErrors.HOST_SUDO_REFUSED({ host: spec.address, user, reason });
  if (!password) throw refuse('it asks for a password and none was given');
  const answer = await ask("sudo -k -S -p '' true", `${password.reveal()}\n`);
  if (answer.status !== 0) throw refuse(answer.text.split('\n')[0] ?? 'refused');
  return { kind: 'sudo-password', password };
}
