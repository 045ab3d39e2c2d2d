/** Connects to the hosts of a cluster: chooses ssh or this machine, and finds out how to become root. */
import { userInfo } from 'node:os';
import pLimit from 'p-limit';
import type { HostSpec } from '../cluster/cluster-spec.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import { findPrivilege } from './find-privilege.js';
import type { Host } from './host.js';
import { localTransport } from './local-transport.js';
import { ShellHost } from './shell-host.js';
import { SshTransport } from './ssh-transport.js';

export interface OpenHostOptions {
  sealerHome: string;
  strictHostKeys?: boolean;
  emit?: Emit;
  signal?: AbortSignal | undefined;
}

/** @throws HOST_UNREACHABLE, HOST_AUTH_FAILED, HOST_KEY_CHANGED, HOST_KEY_UNKNOWN, HOST_COMMAND_NOT_STARTED, HOST_SUDO_REFUSED */
export async function openHost(spec: HostSpec, options: OpenHostOptions): Promise<Host> {
  options.signal?.throwIfAborted();
  const user = spec.local ? userInfo().username : spec.ssh.user;
  const login = { host: spec.address, user, password: spec.ssh?.password };
  if (spec.local) {
    return new ShellHost(spec.address, spec.address, localTransport, await findPrivilege(login, localTransport));
  }
  const transport = new SshTransport({
    address: spec.address,
    ssh: spec.ssh,
    sealerHome: options.sealerHome,
    strictHostKeys: options.strictHostKeys ?? false,
  });
  try {
    await transport.open();
    return new ShellHost(spec.address, spec.address, transport, await findPrivilege(login, transport));
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
