/**
 * The user's registry credentials: from $SEALER_HOME/auth.json, then where podman, buildah and skopeo look, in their order,
 * which has Docker's config.json last. All have the form of containers-auth.json(5): `auths` by domain, or by domain and
 * leading part of the path; credHelpers and credsStore name programs that keep them.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../secrets/secret.js';
import { type AuthEntry, type CredentialFile, readCredentialFile } from './credential-file.js';
import { askCredentialHelper } from './credential-program.js';
import type { Credentials } from './user-credentials.js';

export interface CredentialFiles {
  /** Default: $SEALER_HOME or ~/.sealer. */
  sealerHome?: string | undefined;
  /** Looked into in place of all others. */
  authFile?: string | undefined;
  /** Default: $DOCKER_CONFIG or ~/.docker. */
  dockerConfig?: string | undefined;
}

/** Credentials for `registry.example:5000/team/app`, undefined when there are none. @throws CREDENTIALS_UNREADABLE */
export async function findCredentials(name: string, files: CredentialFiles = {}): Promise<Credentials | undefined> {
  for (const { path, named } of credentialPaths(files)) {
    const found = await findIn(await readCredentialFile(path, named), name);
    if (found) return found;
  }
  return undefined;
}

/** In the order in which they are asked; one that the user named has to be there. */
export function credentialPaths({
  sealerHome,
  authFile,
  dockerConfig,
}: CredentialFiles): { path: string; named: boolean }[] {
  const { env } = process;
  if (authFile) return [{ path: authFile, named: true }];
  const own = { path: join(sealerHome || env.SEALER_HOME || join(homedir(), '.sealer'), 'auth.json'), named: false };
  if (env.REGISTRY_AUTH_FILE) return [own, { path: env.REGISTRY_AUTH_FILE, named: true }];
  const runtime = env.XDG_RUNTIME_DIR
    ? join(env.XDG_RUNTIME_DIR, 'containers')
    : join('/run/containers', String(process.getuid?.() ?? 0));
  const folders = [runtime, join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'containers')];
  const docker = join(dockerConfig || env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
  const others = [...folders.map((folder) => join(folder, 'auth.json')), docker];
  return [own, ...others.map((path) => ({ path, named: false }))];
}

async function findIn(file: CredentialFile, name: string): Promise<Credentials | undefined> {
  const domain = name.split('/')[0] ?? name;
  // As it is written there: Docker asks for its hub by another name than podman does.
  const [server, helper] = Object.entries(file.credHelpers).find(([key]) => canonicalKey(key) === domain) ?? [];
  return (
    (helper && server && (await askCredentialHelper(helper, server))) ||
    pick(file, name) ||
    (file.credsStore && (await askCredentialHelper(file.credsStore, serverName(domain)))) ||
    undefined
  );
}

/** The entry of the longest leading part of the name. */
function pick(file: CredentialFile, name: string): Credentials | undefined {
  const byKey = new Map(Object.entries(file.auths).map(([key, value]) => [canonicalKey(key), { key, value }]));
  const parts = name.split('/');
  for (let length = parts.length; length > 0; length--) {
    const found = byKey.get(parts.slice(0, length).join('/'));
    // Docker leaves an empty entry where a helper has the secret.
    if (found) return found.value === null ? undefined : credentialsOf(file, found.key, found.value);
  }
  return undefined;
}

function credentialsOf(file: CredentialFile, key: string, entry: AuthEntry): Credentials | undefined {
  if (typeof entry !== 'object' || Array.isArray(entry))
    throw file.invalid(`the entry of ${key} is not an object`, key);
  for (const field of ['auth', 'username', 'password', 'identitytoken'] as const)
    if (entry[field] !== undefined && entry[field] !== null && typeof entry[field] !== 'string')
      throw file.invalid(`${field} of ${key} is not a text`, key);
  const { auth, username, password, identitytoken } = entry;
  const identity = identitytoken ? { identityToken: new Secret(identitytoken) } : {};
  if (username && password) return { username, password: new Secret(password), ...identity };
  if (!auth) return identity.identityToken && { username: '', password: identity.identityToken, ...identity };
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0 || !/^[\w+/-]+={0,2}$/.test(auth.trim()))
    throw file.invalid(`auth of ${key} is not the base64 of user:password`, key);
  // Old versions of Docker filled it up with NUL.
  const secret = new Secret(decoded.slice(colon + 1).replace(/\0+$/, ''));
  return { username: decoded.slice(0, colon), password: secret, ...identity };
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
