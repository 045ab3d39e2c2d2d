/**
 * The user's registry credentials, from $SEALER_HOME/auth.json, then Docker's config.json. Both have the form of
 * containers-auth.json(5): `auths` by domain, or by domain and leading part of the path.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../secrets/secret.js';
import { registryErrors } from './registry-errors.js';

export interface Credentials {
  username: string;
  password: Secret;
  /** An OAuth2 refresh token, used in place of the password for bearer tokens. */
  identityToken?: Secret;
}

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
    const found = pick(await readAuths(path), name, path);
    if (found) return found;
  }
  return undefined;
}

type Auths = Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>;

async function readAuths(path: string): Promise<Auths> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw registryErrors.CREDENTIALS_UNREADABLE({ path, reason: message });
  }
  try {
    return (JSON.parse(text) as { auths?: Auths }).auths ?? {};
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
    if (auth === undefined) return undefined;
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

/** Docker writes its own hub as a URL, and old versions wrote others so too. */
function canonicalKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  return /^(index\.docker\.io|registry-1\.docker\.io)(\/v[12])?$/.test(bare)
    ? 'docker.io'
    : bare.replace(/\/v[12]$/, '');
}
