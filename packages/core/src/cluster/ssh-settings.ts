/** ssh settings of a Clusterfile: a host's own fields win over the cluster's, defaults fill the rest. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ClusterfileSchema } from '../generated/types.js';
import { Secret } from '../secrets/secret.js';
import type { SshSettings } from './cluster-spec.js';

export type SshYaml = ClusterfileSchema.Ssh;

/** @throws Error with a plain reason when a secret's reference leads nowhere */
export function sshSettings(yaml: SshYaml): SshSettings {
  const { bastion } = yaml;
  return {
    user: yaml.user ?? 'root',
    port: Number(yaml.port ?? 22),
    ...(yaml.passwd ? { password: secretValue(yaml.passwd) } : {}),
    ...(yaml.pk ? { privateKey: yaml.pk.replace(/^~(?=\/)/, homedir()) } : {}),
    ...(yaml.pkPasswd ? { privateKeyPassphrase: secretValue(yaml.pkPasswd) } : {}),
    ...(yaml.hostKeys ? { hostKeys: yaml.hostKeys } : {}),
    ...(bastion ? { bastion: { ...sshSettings(bastion), address: bastion.address } } : {}),
  };
}

/** A secret as written, or from `env:NAME` or `file:PATH`, so that a Clusterfile need not hold it. */
export function secretValue(text: string): Secret {
  if (text.startsWith('env:')) {
    const value = process.env[text.slice(4)];
    if (value === undefined) throw new Error(`the environment variable ${text.slice(4)} is not set`);
    return new Secret(value);
  }
  if (text.startsWith('file:')) {
    const path = text.slice(5).replace(/^~(?=\/)/, `${homedir()}/`.replace(/\/$/, ''));
    return new Secret(readFileSync(join(path), 'utf8').replace(/\r?\n$/, ''));
  }
  return new Secret(text);
}
