/** What a registry has: tags of a repository, repositories by a part of their name. */
import { SealerError } from '../errors/sealer-error.js';
import { parseReference } from '../image/reference.js';
import { connectRegistry, type RegistryAccess } from './connect-registry.js';
import { registryDomain } from './login.js';

/** @param repository `registry.example/team/shop`; a tag is not looked at. @throws REGISTRY_NOT_FOUND */
export async function listTags(repository: string, access: RegistryAccess = {}): Promise<string[]> {
  const reference = parseReference(repository);
  const client = await connectRegistry(reference, access);
  return await client.listTags(reference.path, { signal: access.signal });
}

/** Docker's hub is searched elsewhere than where its images are. */
const hub = 'index.docker.io';

/**
 * Full names of the repositories whose path contains `term`: from the registry's catalog, or where it does not give that
 * out (Docker's hub, quay.io), by its search. @param text `registry.example`, or `registry.example/term`
 */
export async function searchRegistry(text: string, access: RegistryAccess = {}): Promise<string[]> {
  const slash = text.replace(/^https?:\/\//, '').indexOf('/');
  const bare = text.replace(/^https?:\/\//, '');
  const domain = registryDomain(slash < 0 ? bare : bare.slice(0, slash));
  const term = slash < 0 ? '' : bare.slice(slash + 1);
  const { signal } = access;
  if (domain === 'docker.io') {
    const client = await connectRegistry({ domain: hub, name: hub }, access);
    // Its official images are called without `library/` there.
    const names = await client.searchNames(term, { signal });
    return names.map((name) => `${domain}/${name.includes('/') ? name : `library/${name}`}`);
  }
  const client = await connectRegistry({ domain, name: domain }, access);
  const repositories = await client.listRepositories({ signal }).catch(async (cause) => {
    if (!SealerError.is(cause) || !/^REGISTRY_(UNAUTHORIZED|NOT_FOUND|REFUSED)$/.test(cause.code) || !term) throw cause;
    // The first refusal says more than that of a search it does not know.
    return await client.searchNames(term, { signal }).catch(() => Promise.reject(cause));
  });
  return repositories.filter((name) => name.includes(term)).map((name) => `${domain}/${name}`);
}
