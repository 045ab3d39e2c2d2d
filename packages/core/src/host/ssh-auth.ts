/** The ways to log in, in the order they are tried: agent, keys, password. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthMethod } from 'ssh2';
import ssh2 from 'ssh2';
import type { SshSettings } from '../cluster/cluster-spec.js';
import { hostErrors } from './host-errors.js';

const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export interface AuthPlan {
  methods: AnyAuthMethod[];
  /** For messages: `key ~/.ssh/id_ed25519`, `password`. */
  tried: string[];
}

/** @throws HOST_KEY_UNUSABLE for a key that was named and cannot be read; default keys are passed over */
export async function authPlan(ssh: SshSettings): Promise<AuthPlan> {
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  const username = ssh.user;
  const agent = process.env.SSH_AUTH_SOCK;
  const useAgent = () => {
    if (!agent) return false;
    methods.push({ type: 'agent', username, agent });
    tried.push('the ssh agent');
    return true;
  };
  if (!ssh.privateKey) useAgent();
  const paths = ssh.privateKey ? [ssh.privateKey] : defaultKeys.map((name) => join(homedir(), '.ssh', name));
  for (const path of paths) {
    const key = await readKey(path, ssh, useAgent);
    if (!key) continue;
    methods.push({ type: 'publickey', username, key });
    tried.push(`key ${path}`);
  }
  if (ssh.password) {
    const password = ssh.password.reveal();
    methods.push({ type: 'password', username, password });
    methods.push({
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
    tried.push('the password');
  }
  return { methods, tried };
}

/** @param useAgent asked about a key that is locked: an agent may hold it unlocked; false when there is no agent */
async function readKey(path: string, ssh: SshSettings, useAgent: () => boolean): Promise<ssh2.ParsedKey | undefined> {
  const named = ssh.privateKey === path;
  const text = await readFile(path).catch((cause: Error) => {
    if (named) throw hostErrors.HOST_KEY_UNUSABLE({ path, reason: cause.message }, { cause });
    return undefined;
  });
  if (!text) return undefined;
  const parsed = ssh2.utils.parseKey(text, ssh.privateKeyPassphrase?.reveal());
  if (parsed instanceof Error) {
    const locked = !ssh.privateKeyPassphrase && /no passphrase/i.test(parsed.message);
    if (named && !(locked && useAgent()))
      throw hostErrors.HOST_KEY_UNUSABLE({ path, reason: parsed.message }, { cause: parsed });
    return undefined;
  }
  return Array.isArray(parsed) ? parsed[0] : parsed;
}
