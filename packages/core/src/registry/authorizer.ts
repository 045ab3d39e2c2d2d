/**
 * The Authorization header for a registry: Basic, or Bearer tokens from the realm it names (distribution's
 * spec/auth/token.md and oauth.md). Tokens are kept by scope until shortly before they run out.
 */
import { SealerError } from '../errors/sealer-error.js';
import { Secret } from '../secrets/secret.js';
import { type Challenge, parseChallenges } from './challenge.js';
import { registryErrors } from './registry-errors.js';
import type { Credentials } from './user-credentials.js';

/** What is going to be done with a repository. */
export interface Scope {
  repository: string;
  actions: 'pull' | 'pull,push';
  /** The list of repositories, in place of one of them. */
  catalog?: boolean;
  /** Another repository that is read at the same time: a blob is mounted from there. */
  from?: string;
}

/** As token servers name them (distribution, docs/spec/auth/scope). None for the API itself. */
function scopeTexts({ repository, actions, catalog, from }: Scope): string[] {
  if (catalog) return ['registry:catalog:*'];
  if (repository === '') return [];
  return [`repository:${repository}:${actions}`, ...(from === undefined ? [] : [`repository:${from}:pull`])];
}

interface Token {
  value: Secret;
  /** Milliseconds since 1970. */
  validUntil: number;
}

/** Asks a realm; given by the caller, so that there is one place that makes connections. */
export type FetchToken = (
  url: URL,
  request: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
  signal?: AbortSignal,
) => Promise<{ status: number; text: string }>;

export class Authorizer {
  readonly #registry: URL;
  readonly #credentials: () => Promise<Credentials | undefined>;
  readonly #fetchToken: FetchToken;
  readonly #tokens = new Map<string, Token>();
  /** What the registry itself asks for, by what we would: one behind a name of its own calls its repositories otherwise. */
  readonly #asked = new Map<string, string[]>();
  #challenge: Challenge | undefined;

  constructor(registry: URL, credentials: () => Promise<Credentials | undefined>, fetchToken: FetchToken) {
    this.#registry = registry;
    this.#credentials = credentials;
    this.#fetchToken = fetchToken;
  }

  async hasCredentials(): Promise<boolean> {
    return (await this.#credentials()) !== undefined;
  }

  /** What is known to be needed; undefined before the registry has asked for anything. */
  async header(scope: Scope, signal?: AbortSignal): Promise<string | undefined> {
    if (this.#challenge === undefined) return undefined;
    if (this.#challenge.scheme === 'basic') return basic(await this.#credentials());
    const known = this.#tokens.get(keyOf(scope));
    if (known && known.validUntil > Date.now()) return `Bearer ${known.value.reveal()}`;
    try {
      return `Bearer ${(await this.#token(this.#challenge, scope, signal)).reveal()}`;
    } catch (cause) {
      // Asked for ahead, by the name we know: what the registry calls it is said when it is asked without a token.
      const denied = SealerError.is(cause) && /^REGISTRY_(UNAUTHORIZED|PROTOCOL)$/.test(cause.code);
      if (denied && !this.#asked.has(keyOf(scope))) return undefined;
      throw cause;
    }
  }

  /** Takes the registry's 401 in. True when the request is worth another try with the header asked for anew. */
  async accept(wwwAuthenticate: string | string[] | undefined, scope: Scope): Promise<boolean> {
    const challenges = parseChallenges(wwwAuthenticate);
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm);
    const chosen = bearer ?? challenges.find(({ scheme }) => scheme === 'basic');
    if (!chosen) return false;
    this.#challenge = chosen;
    this.#tokens.delete(keyOf(scope));
    const { scope: asked = '' } = chosen.parameters;
    this.#asked.set(keyOf(scope), asked.trim() === '' ? scopeTexts(scope) : asked.trim().split(/\s+/));
    // Anonymous tokens exist, anonymous Basic does not.
    return chosen.scheme === 'bearer' || (await this.#credentials()) !== undefined;
  }

  async #token({ parameters }: Challenge, scope: Scope, signal?: AbortSignal): Promise<Secret> {
    const realm = this.#realm(parameters.realm ?? '');
    const credentials = await this.#credentials();
    const service: Record<string, string> = parameters.service === undefined ? {} : { service: parameters.service };
    const scopes = this.#asked.get(keyOf(scope)) ?? scopeTexts(scope);
    let answer: { status: number; text: string };
    if (credentials?.identityToken) {
      const form = {
        grant_type: 'refresh_token',
        client_id: 'sealer',
        refresh_token: credentials.identityToken.reveal(),
      };
      const wanted: Record<string, string> = scopes.length > 0 ? { scope: scopes.join(' ') } : {};
      const body = new URLSearchParams({ ...form, ...service, ...wanted }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      answer = await this.#fetchToken(realm, { method: 'POST', headers, body }, signal);
    } else {
      if (service.service !== undefined) realm.searchParams.set('service', service.service);
      for (const text of scopes) realm.searchParams.append('scope', text);
      const authorization = basic(credentials);
      answer = await this.#fetchToken(
        realm,
        { method: 'GET', headers: authorization ? { authorization } : {} },
        signal,
      );
    }
    const token = readToken(answer.text);
    if (answer.status === 200 && token) {
      this.#tokens.set(keyOf(scope), token);
      return token.value;
    }
    const target = `${scope.repository || 'its API'} (token from ${realm.host})`;
    if (answer.status === 401 || answer.status === 403) {
      const detail = `status ${answer.status}`;
      throw registryErrors.REGISTRY_UNAUTHORIZED({
        registry: this.#registry.host,
        target,
        loggedIn: credentials !== undefined,
        detail,
      });
    }
    const reason = `status ${answer.status}, ${token ? 'with' : 'without'} a token`;
    throw registryErrors.REGISTRY_PROTOCOL({
      registry: this.#registry.host,
      request: `the token request to ${realm.host}`,
      reason,
    });
  }

  /** Credentials go to the realm, so it must be protected as well as the registry is. */
  #realm(text: string): URL {
    const realm = URL.canParse(text) ? new URL(text) : undefined;
    const safe = realm?.protocol === 'https:' || (realm?.protocol === 'http:' && this.#registry.protocol === 'http:');
    if (realm && safe) return realm;
    const reason = `it names the token realm ${JSON.stringify(text)}, which is not an https address`;
    throw registryErrors.REGISTRY_PROTOCOL({ registry: this.#registry.host, request: 'a request', reason });
  }
}

function keyOf(scope: Scope): string {
  return scopeTexts(scope).join(' ');
}

function basic(credentials: Credentials | undefined): string | undefined {
  if (!credentials) return undefined;
  // A Secret, so that the encoded form is masked in output as well.
  const encoded = new Secret(
    Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString('base64'),
  );
  return `Basic ${encoded.reveal()}`;
}

function readToken(text: string): Token | undefined {
  let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return undefined;
  }
  const value = answer?.token ?? answer?.access_token;
  if (typeof value !== 'string' || value === '') return undefined;
  // 60 s is what the specification assumes when nothing is said; a little less, for the way there.
  const seconds = Number.isFinite(answer.expires_in) ? (answer.expires_in as number) : 60;
  return { value: new Secret(value), validUntil: Date.now() + Math.max(seconds * 0.9 - 5, 1) * 1000 };
}
