/**
 * The user's registry credentials, from $SEALER_HOME/auth.json, then Docker's config.json. Both have the form of
 * containers-auth.json(5): `auths` by domain, or by domain and leading part of the path; credHelpers and credsStore
 * name programs that keep them.
 */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../secrets/secret.js';
import { askCredentialHelper } from './credential-program.js';
import { registryErrors } from './registry-errors.js';
import type { Credentials } from './user-credentials.js';

export interface CredentialFiles {
  /** Default: $SEALER_HOME or ~/.sealer. */
  sealerHome?: string;
  /** Default: $DOCKER_CONFIG or ~/.docker. */
  dockerConfig?: string;
}

/** Credentials for `registry.example:5000/team/app`, undefined when there are none. @throws CREDENTIALS_UNREADABLE */
export async function findCredentials(name: string, files: CredentialFiles = {}): Promise<Credentials | undefined> {
  const { env } = process;
  const paths = [
    join(files.sealerHome ?? env.SEALER_HOME ?? join(homedir(), '.sealer'), 'auth.json'),
    join(files.dockerConfig ?? env.DOCKER_CONFIG ?? join(homedir(), '.docker'), 'config.json'),
  ];
  for (const path of paths) {
    const file = await readCredentialFile(path);
    const domain = name.split('/')[0] ?? name;
    const helper = file.credHelpers?.[domain];
    const found =
      (helper && (await askCredentialHelper(helper, domain))) ||
      pick(file.auths ?? {}, name, path) ||
      (file.credsStore && (await askCredentialHelper(file.credsStore, serverName(domain))));
    if (found) return found;
  }
  return undefined;
}

export interface CredentialFile {
  auths?: Auths;
  /** Helper by domain, and helper of everything else. */
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

export type Auths = Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>;

/** An empty one when there is none. @throws CREDENTIALS_UNREADABLE */
export async function readCredentialFile(path: string): Promise<CredentialFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw registryErrors.CREDENTIALS_UNREADABLE({ path, reason: message });
  }
  try {
    return JSON.parse(text) as CredentialFile;
  } catch {
    // The text itself may be a secret: JSON.parse would quote it.
    throw registryErrors.CREDENTIALS_UNREADABLE({ path, reason: 'it is not JSON' });
  }
}

function pick(auths: Auths, name: string, path: string): Credentials | undefined {
  const byKey = new Map(Object.entries(auths).map(([key, value]) => [canonicalKey(key), { key, value }]));
  const parts = name.split('/');
  for (let length = parts.length; length > 0; length--) {
    const found = byKey.get(parts.slice(0, length).join('/'));
    if (!found) continue;
    const { auth, username, password, identitytoken } = found.value;
    const identity = identitytoken ? { identityToken: new Secret(identitytoken) } : {};
    if (username !== undefined && password !== undefined)
      return { username, password: new Secret(password), ...identity };
    // Docker leaves an empty entry where a helper has the secret.
    if (!auth) return undefined;
    const decoded = Buffer.from(auth, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon < 0) {
      throw registryErrors.CREDENTIALS_UNREADABLE({
        path,
        reason: `auth of ${found.key} is not the base64 of user:password`,
      });
    }
    return { username: decoded.slice(0, colon), password: new Secret(decoded.slice(colon + 1)), ...identity };
  }
  return undefined;
}

/** What docker's stores call its own hub. */
function serverName(domain: string): string {
  return domain === 'docker.io' ? 'https://index.docker.io/v1/' : domain;
}

/** Docker writes its own hub as a URL, and old versions wrote others so too. */
function canonicalKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  return /^(index\.docker\.io|registry-1\.docker\.io)(\/v[12])?$/.test(bare)
    ? 'docker.io'
    : bare.replace(/\/v[12]$/, '');
}
