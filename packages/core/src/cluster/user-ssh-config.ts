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
export function userSshConfig(address: string, path = join(homedir(), '.ssh', 'config')): SshYaml {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  const found = SshConfig.parse(text).compute(address) as Record<string, string | string[] | undefined>;
  const one = (name: string) => [found[name]].flat()[0];
  const [user, port, key, jump] = ['User', 'Port', 'IdentityFile', 'ProxyJump'].map(one);
  return {
    ...(user ? { user } : {}),
    ...(port ? { port } : {}),
    ...(key ? { pk: key } : {}),
    ...(jump && jump !== 'none' ? { bastion: bastionOf(jump, path) } : {}),
  };
}

/** `[user@]host[:port]`; the host's own section fills the rest, as ssh does. */
function bastionOf(jump: string, path: string): NonNullable<SshYaml['bastion']> {
  const match = /^(?:([^@\s]+)@)?(\[[^\]]+\]|[^:,\s]+)(?::(\d+))?$/.exec(jump);
  if (!match?.[2]) throw new Error(`ProxyJump ${jump} in ${path} is not understood: one host is, [user@]host[:port]`);
  const address = match[2].replace(/^\[|\]$/g, '');
  const { bastion: _nested, ...own } = userSshConfig(address, path);
  return { ...own, address, ...(match[1] ? { user: match[1] } : {}), ...(match[3] ? { port: match[3] } : {}) };
}
