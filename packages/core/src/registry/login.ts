/** `sealer login` and `logout`: credentials are tried before they are kept, in $SEALER_HOME/auth.json or the file that is named (0600). */
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseReference } from '../image/reference.js';
import { Secret } from '../secrets/secret.js';
import { writeOutput } from '../store/output-file.js';
import { connectRegistry, type RegistryAccess } from './connect-registry.js';
import { readCredentialFile } from './credential-file.js';
import { registryErrors } from './registry-errors.js';
import { defaultHome } from './registry-settings.js';
import type { Credentials } from './user-credentials.js';

/** @param registry domain, with a port when it is not 443. @throws REGISTRY_UNAUTHORIZED, REGISTRY_UNREACHABLE; nothing is kept then */
export async function logIn(registry: string, credentials: Credentials, access: RegistryAccess = {}): Promise<void> {
  const domain = registryDomain(registry);
  const client = await connectRegistry({ domain, name: domain }, { ...access, credentials });
  await client.ping({ signal: access.signal });
  // Encoded once more, so that this form is masked in output as well.
  const auth = new Secret(Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString('base64'));
  await change(access, (auths) => {
    auths[domain] = { auth: auth.reveal() };
  });
}

/** False when there were no credentials of ours for it. */
export async function logOut(registry: string, access: RegistryAccess = {}): Promise<boolean> {
  const domain = registryDomain(registry);
  let had = false;
  await change(access, (auths) => {
    had = auths[domain] !== undefined;
    delete auths[domain];
  });
  return had;
}

/** `https://registry.example/` and `registry.example` are the same. @throws REGISTRY_NAME_INVALID */
export function registryDomain(text: string): string {
  const bare = text.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  try {
    const { domain } = parseReference(`${bare}/x`);
    // `hub` alone would be read as a repository of docker.io.
    if (domain === bare || bare === 'docker.io') return domain;
  } catch {
    // Said below, in the words of a registry's name.
  }
  throw registryErrors.REGISTRY_NAME_INVALID({ text });
}

async function change(access: RegistryAccess, edit: (auths: Record<string, unknown>) => void): Promise<void> {
  const named = access.authFile ?? join(access.sealerHome ?? defaultHome(), 'auth.json');
  // One that is a link stays a link.
  const path = await realpath(named).catch(() => named);
  const { content, auths } = await readCredentialFile(path);
  edit(auths);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeOutput(path, `${JSON.stringify({ ...content, auths }, undefined, 2)}\n`, { mode: 0o600 });
}
