/**
 * The user's registry credentials, from $SEALER_HOME/auth.json, then Docker's config.json. Both have the form of
 * containers-auth.json(5): `auths` by domain, or by domain and leading part of the path; credHelpers and credsStore
 * name programs that keep them.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../secrets/secret.js';
import { readJson } from '../text/read-json.js';
import { askCredentialHelper } from './credential-program.js';
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
    const file = await readCredentialFile(path);
    const domain = name.split('/')[0] ?? name;
    const helper = file.credHelpers && Object.hasOwn(file.credHelpers, domain) ? file.credHelpers[domain] : undefined;
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
  const unreadable = (reason: string, place = { line: 1, column: 1 }) =>
    registryErrors.CREDENTIALS_UNREADABLE({ path, reason }, { position: { file: path, ...place } });
  // docker takes an empty file for one without credentials.
  if (text.trim() === '') return {};
  const { value, fault } = readJson(text);
  if (fault) throw unreadable('it is not JSON', { line: fault.line, column: fault.column });
  if (!isObject(value)) throw unreadable('it is not a JSON object');
  const { auths, credHelpers, credsStore } = value;
  for (const [name, part] of Object.entries({ auths, credHelpers }))
    if (part !== undefined && part !== null && !isObject(part)) throw unreadable(`${name} is not an object`);
  for (const [key, entry] of Object.entries(auths ?? {}))
    if (entry !== null && (!isObject(entry) || !Object.values(entry).every(isTextOrObject)))
      throw unreadable(`auths of ${key} is not an object of texts`);
  for (const [key, helper] of Object.entries(credHelpers ?? {}))
    if (typeof helper !== 'string') throw unreadable(`credHelpers of ${key} is not a text`);
  if (credsStore !== undefined && credsStore !== null && typeof credsStore !== 'string')
    throw unreadable('credsStore is not a text');
  return value as CredentialFile;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Programs keep more in an entry than is read here. */
function isTextOrObject(value: unknown): boolean {
  return value === null || typeof value !== 'number';
}

function pick(auths: Auths, name: string, path: string): Credentials | undefined {
  const byKey = new Map(Object.entries(auths).map(([key, value]) => [canonicalKey(key), { key, value }]));
  const parts = name.split('/');
  for (let length = parts.length; length > 0; length--) {
    const found = byKey.get(parts.slice(0, length).join('/'));
    if (!found?.value) continue;
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
