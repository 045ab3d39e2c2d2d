/**
 * What the user's ~/.ssh/config says of an address (ssh_config(5)): User, Port, IdentityFile and ProxyJump. It fills
 * what Clusterfile and flags leave open. Everything else in it (ciphers, forwarding, host key files) is not used.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import SshConfig from 'ssh-config';
import type { SshYaml } from './ssh-settings.js';

/** @throws Error with a plain reason when the file cannot be understood, or jumps through more than one host */
export function userSshConfig(address: string, path = join(homedir(), '.ssh', 'config'), isOver = false): SshYaml {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  const found = compute(text, address, path);
  const one = (name: string) => [found[name]].flat()[0];
  const [user, port, key, jump] = ['User', 'Port', 'IdentityFile', 'ProxyJump'].map(one);
  return {
    ...(user ? { user } : {}),
    ...(port ? { port: portOf(port, path) } : {}),
    ...(key ? { pk: key } : {}),
    ...(jump && jump !== 'none' && !isOver ? { bastion: bastionOf(jump, path) } : {}),
  };
}

function compute(text: string, address: string, path: string): Record<string, string | string[] | undefined> {
  try {
    return SshConfig.parse(text).compute(address) as Record<string, string | string[] | undefined>;
  } catch (cause) {
    throw new Error(`${path} is not understood: ${(cause as Error).message}`, { cause });
  }
}

function portOf(text: string, path: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`Port ${text} in ${path} is no port from 1 to 65535`);
  return port;
}

/** `[user@]host[:port]`; the host's own section fills the rest, as ssh does. */
function bastionOf(jump: string, path: string): NonNullable<SshYaml['bastion']> {
  const match = /^(?:([^@\s]+)@)?(\[[^\]]+\]|[^:,\s]+)(?::(\d+))?$/.exec(jump);
  if (!match?.[2]) throw new Error(`ProxyJump ${jump} in ${path} is not understood: one host is, [user@]host[:port]`);
  const address = match[2].replace(/^\[|\]$/g, '');
  // One jump: `Host *` would lead from the jump host to itself for ever.
  const own = userSshConfig(address, path, true);
  return {
    ...own,
    address,
    ...(match[1] ? { user: match[1] } : {}),
    ...(match[3] ? { port: portOf(match[3], path) } : {}),
  };
}
