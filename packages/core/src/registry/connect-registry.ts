/** Makes clients with the user's credentials and settings. Connections to one registry are shared. */
import { rootCertificates } from 'node:tls';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Reference } from '../image/reference.js';
import { findCredentials } from './credentials.js';
import { Exchange } from './exchange.js';
import { createRegistryClient, type RegistryClient } from './registry-client.js';
import { defaultHome, registrySettings } from './registry-settings.js';
import type { Credentials } from './user-credentials.js';

/** What a caller may ask for beside the user's settings. */
export interface RegistryAccess {
  /** Where auth.json and registries.yaml lie. Default: $SEALER_HOME or ~/.sealer. */
  sealerHome?: string | undefined;
  /** Looked into for credentials in place of all other files. */
  authFile?: string | undefined;
  plainHttp?: boolean | undefined;
  skipTlsVerify?: boolean | undefined;
  /** In place of the user's kept ones. */
  credentials?: Credentials | undefined;
  signal?: AbortSignal | undefined;
  /** Learns of waits that a registry asks for. */
  emit?: Emit | undefined;
}

type Repository = Pick<Reference, 'domain' | 'name'>;

/** By who listens, so that nobody learns of another's waits. */
const clients = new WeakMap<object, Map<string, Promise<RegistryClient>>>();
const nobody = {};

/** A client for a reference's registry; kept for the process, and its idle connections end by themselves. */
export async function connectRegistry(reference: Repository, access: RegistryAccess = {}): Promise<RegistryClient> {
  if (access.credentials) return await makeClient(reference, access);
  // Credentials may differ by repository.
  const { sealerHome, authFile, plainHttp, skipTlsVerify } = access;
  const key = JSON.stringify([reference.name, sealerHome, authFile, plainHttp, skipTlsVerify]);
  const mine = clients.get(access.emit ?? nobody) ?? new Map<string, Promise<RegistryClient>>();
  clients.set(access.emit ?? nobody, mine);
  const known = mine.get(key) ?? makeClient(reference, access);
  mine.set(key, known);
  known.catch(() => mine.delete(key));
  return await known;
}

/** The mirrors the user has named for the registry, in their order. */
export async function mirrorsOf(
  reference: Repository,
  access: RegistryAccess,
): Promise<{ client: RegistryClient; prefix: string }[]> {
  const { mirrors } = await registrySettings(reference.domain, access.sealerHome);
  return await Promise.all(
    mirrors.map(async (mirror) => {
      const { host, protocol, pathname } = new URL(mirror);
      const prefix = pathname.replace(/^\/+|\/+$/g, '');
      const name = [host, prefix, reference.name.slice(reference.domain.length + 1)].filter(Boolean).join('/');
      const client = await connectRegistry({ domain: host, name }, { ...access, plainHttp: protocol === 'http:' });
      return { client, prefix };
    }),
  );
}

async function makeClient({ domain, name }: Repository, access: RegistryAccess): Promise<RegistryClient> {
  const sealerHome = access.sealerHome ?? defaultHome();
  const settings = await registrySettings(domain, sealerHome);
  const credentials = async () =>
    access.credentials ?? (await findCredentials(name, { sealerHome, authFile: access.authFile }));
  const connection = {
    credentials,
    emit: access.emit,
    ...(settings.ca.length > 0 ? { ca: [...rootCertificates, ...settings.ca].join('\n') } : {}),
    ...((access.skipTlsVerify ?? settings.skipTlsVerify) ? { skipTlsVerify: true } : {}),
  };
  const plain = () => createRegistryClient({ baseUrl: `http://${domain}`, credentials, emit: access.emit });
  if (access.plainHttp ?? settings.plainHttp) return plain();
  const asked = settings.ca.length > 0 || (access.skipTlsVerify ?? settings.skipTlsVerify);
  if (isLoopback(domain) && !asked && (await speaksHttp(domain, access.signal))) return plain();
  return createRegistryClient({ baseUrl: `https://${registryHost(domain)}`, ...connection });
}

/**
 * On loopback alone http is found out about without being asked for (docs/decisions/0012): nobody listens in there, and
 * the question carries no credentials. Servers with TLS answer it with status 400, or hang up.
 */
async function speaksHttp(domain: string, signal: AbortSignal | undefined): Promise<boolean> {
  const exchange = new Exchange(new URL(`http://${domain}`), async () => undefined, {});
  try {
    const scope = { repository: '', actions: 'pull' } as const;
    const response = await exchange.send({ method: 'GET', url: '/v2/', scope, signal, attempts: 1 });
    await response.body.dump();
    return response.status !== 400 && response.url.protocol === 'http:';
  } catch (cause) {
    return SealerError.is(cause) && cause.code === 'REGISTRY_UNAUTHORIZED';
  } finally {
    await exchange.close();
  }
}

/** Docker's hub is called by another name than its images are. */
function registryHost(domain: string): string {
  return domain === 'docker.io' ? 'registry-1.docker.io' : domain;
}

function isLoopback(domain: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(domain);
}
