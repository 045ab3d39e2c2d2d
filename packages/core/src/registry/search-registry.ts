/** What a registry has: tags of a repository, repositories by a part of their name. */
import { parseReference } from '../image/reference.js';
import { connectRegistry, type RegistryAccess } from './connect-registry.js';
import { registryDomain } from './login.js';

/** @param repository `registry.example/team/shop`; a tag is not looked at. @throws REGISTRY_NOT_FOUND */
export async function listTags(repository: string, access: RegistryAccess = {}): Promise<string[]> {
  const reference = parseReference(repository);
  const client = await connectRegistry(reference, access);
  return await client.listTags(reference.path, { signal: access.signal });
}

/**
 * Full names of the repositories whose path contains `term`. Registries of many tenants, docker.io among them, refuse
 * to list what they have. @param text `registry.example`, or `registry.example/term`
 */
export async function searchRegistry(text: string, access: RegistryAccess = {}): Promise<string[]> {
  const slash = text.replace(/^https?:\/\//, '').indexOf('/');
  const bare = text.replace(/^https?:\/\//, '');
  const domain = registryDomain(slash < 0 ? bare : bare.slice(0, slash));
  const term = slash < 0 ? '' : bare.slice(slash + 1);
  const client = await connectRegistry({ domain, name: domain }, access);
  const repositories = await client.listRepositories({ signal: access.signal });
  return repositories.filter((name) => name.includes(term)).map((name) => `${domain}/${name}`);
}
