/**
 * One request to a registry and its answer: authorised when asked for, redirected with care, repeated when the failure
 * passes by itself. Credentials go to the registry's own origin only.
 */

import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import { Authorizer, type FetchToken } from './authorizer.js';
import { type ConnectionOptions, HttpAgents } from './http-agents.js';
import { type HttpAnswer, sendRequest } from './http-request.js';
import { networkFailure } from './network-failure.js';
import { RateLimit } from './rate-limit.js';
import { readErrorText } from './read-answer.js';
import { registryErrors } from './registry-errors.js';
import type { RegistryRequest, RegistryResponse } from './registry-request.js';
import { attempts, backOff, failureWeight, isTransientError, isTransientStatus, retryAfter } from './retry.js';
import { requestToken, type TokenWay } from './token-request.js';
import { SourceFailure, unreadableSource } from './unreadable-source.js';
import type { Credentials } from './user-credentials.js';

const defaultSilence = { headers: 300_000, body: 60_000 };

export class Exchange {
  readonly registry: URL;
  readonly #tunnelled: boolean;
  readonly #connection: ConnectionOptions;
  readonly #authorizer: Authorizer;
  readonly #rateLimit: RateLimit;
  /** The server that was asked when a failure came: a registry's tokens and blobs may be with others. */
  readonly #asked = new WeakMap<object, string>();
  #agents: { own: HttpAgents; other?: HttpAgents } | undefined;
  /** Bytes a request may bring, once one was refused as too large. */
  largestBody: number | undefined;

  constructor(
    registry: URL,
    credentials: () => Promise<Credentials | undefined>,
    connection: ConnectionOptions,
    emit?: Emit,
  ) {
    this.registry = registry;
    this.#rateLimit = new RateLimit(registry.host, emit);
    this.#connection = connection;
    this.#tunnelled = connection.connect !== undefined;
    this.#authorizer = new Authorizer(registry, credentials, this.#fetchToken);
  }

  /** @throws REGISTRY_UNREACHABLE, REGISTRY_TLS, REGISTRY_UNAUTHORIZED. Any other status is the caller's to judge. */
  async send(request: RegistryRequest): Promise<RegistryResponse> {
    return await this.#repeated(
      async () => await this.#authorised(request),
      request.signal,
      request.attempts ?? attempts,
    );
  }

  /** Repeats what may pass by itself. The last answer is given as it is; one that was waited for has been discarded. */
  async #repeated(
    ask: () => Promise<RegistryResponse>,
    signal: AbortSignal | undefined,
    most: number,
  ): Promise<RegistryResponse> {
    for (let failures = 0; ; ) {
      await this.#rateLimit.wait(signal);
      let waited = false;
      try {
        const response = await ask();
        if (!isTransientStatus(response.status)) return response;
        const wait = retryAfter(response.headers['retry-after']);
        if (wait !== undefined) this.#rateLimit.pause(wait, response.status);
        waited = wait !== undefined;
        // A registry that says when to come back means it.
        failures += waited ? 1 / 4 : 1;
        if (failures >= most || (waited && most === 1)) return response;
        await response.body.dump();
      } catch (cause) {
        signal?.throwIfAborted();
        if (SealerError.is(cause)) throw cause;
        failures += failureWeight(cause);
        if (!isTransientError(cause) || failures >= most) throw this.explain(cause);
      }
      if (!waited) await backOff(failures, signal);
    }
  }

  async hasCredentials(): Promise<boolean> {
    return await this.#authorizer.hasCredentials();
  }

  async close(): Promise<void> {
    const { own, other } = this.#agents ?? {};
    this.#agents = undefined;
    await Promise.all([own, other].map((agents) => agents?.destroy()));
  }

  /** Turns an error of the connection into ours; what is none of the connection's stays what it is. */
  explain(cause: unknown): unknown {
    if (SealerError.is(cause)) return cause;
    const registry = this.registry.host;
    const failure = networkFailure(cause);
    if (!failure) return cause;
    const { kind, advice } = failure;
    const asked = this.#asked.get(cause as object);
    const reason = asked === undefined || asked === registry ? failure.reason : `${asked}: ${failure.reason}`;
    const make = kind === 'tls' ? registryErrors.REGISTRY_TLS : registryErrors.REGISTRY_UNREACHABLE;
    return make({ registry, reason, advice }, { cause });
  }

  async #authorised(request: RegistryRequest): Promise<RegistryResponse> {
    const { scope, signal } = request;
    const first = await this.#redirected(request, await this.#authorizer.header(scope, signal));
    if (first.status !== 401) return first;
    const again = await this.#authorizer.accept(first.headers['www-authenticate'], scope);
    const detail = (await readErrorText(first)).slice(0, 300);
    const second = again ? await this.#redirected(request, await this.#authorizer.header(scope, signal)) : undefined;
    if (second && second.status !== 401) return second;
    await second?.body.dump();
    const loggedIn = await this.hasCredentials();
    const target = scope.repository || 'its API';
    throw registryErrors.REGISTRY_UNAUTHORIZED({
      registry: this.registry.host,
      target,
      loggedIn,
      detail: errorDetail(detail),
    });
  }

  /** Follows a request where it is sent on to; a POST, PUT or PATCH by 307 and 308 alone, which repeat it as it is. */
  async #redirected(request: RegistryRequest, authorization: string | undefined): Promise<RegistryResponse> {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const statuses = reads ? [301, 302, 303, 307, 308] : [307, 308];
    let url = new URL(request.url, this.registry);
    for (let hop = 0; hop <= 5; hop++) {
      const own = url.origin === this.registry.origin;
      const headers = { ...request.headers, ...(own && authorization ? { authorization } : {}) };
      const response = await this.#once(url, request, headers);
      const location = [response.headers.location].flat()[0];
      if (!statuses.includes(response.status) || location === undefined) return response;
      await response.body.dump();
      url = this.#checkRedirect(location, url);
    }
    throw registryErrors.REGISTRY_PROTOCOL({
      registry: this.registry.host,
      request: request.method,
      reason: 'it redirects in circles',
    });
  }

  /** @throws REGISTRY_PROTOCOL when bytes would go over an open line, or out of a tunnel */
  #checkRedirect(location: string | URL, from: URL): URL {
    const to = URL.canParse(String(location), from.href) ? new URL(location, from) : undefined;
    if (!to || !/^https?:$/.test(to.protocol)) {
      const seen = `it redirects to ${JSON.stringify(String(location))}, which is not an http address`;
      throw registryErrors.REGISTRY_PROTOCOL({ registry: this.registry.host, request: 'a request', reason: seen });
    }
    const downgraded = from.protocol === 'https:' && to.protocol !== 'https:';
    // Through a tunnel only the registry itself can be reached, and nothing else is meant.
    const outside = this.#tunnelled && to.origin !== this.registry.origin;
    if (!downgraded && !outside) return to;
    const reason = `it redirects to ${to.protocol}//${to.host}, ${downgraded ? 'which is not encrypted' : 'which is another server'}`;
    throw registryErrors.REGISTRY_PROTOCOL({ registry: this.registry.host, request: 'a request', reason });
  }

  /**
   * Where an answer's Location header points; may be relative, and may carry a query that has to stay.
   * @throws REGISTRY_PROTOCOL without one, or as for a redirect
   */
  location(response: RegistryResponse): URL {
    const location = [response.headers.location].flat()[0];
    if (location === undefined || !URL.canParse(location, response.url.href)) {
      const reason = 'its answer has no Location';
      throw registryErrors.REGISTRY_PROTOCOL({ registry: this.registry.host, request: 'an upload', reason });
    }
    const to = new URL(location, response.url);
    // Registries behind a proxy that ends TLS do not know that they are https.
    const itself = to.hostname === this.registry.hostname && to.protocol === 'http:';
    if (itself && this.registry.protocol === 'https:') return new URL(`${to.pathname}${to.search}`, this.registry);
    return this.#checkRedirect(to, response.url);
  }

  async #once(url: URL, request: RegistryRequest, headers: Record<string, string>): Promise<RegistryResponse> {
    try {
      const route = await this.#agentsFor(url).to(url);
      let sent = 0;
      const onBytes = (bytes: number) => {
        sent += bytes;
        request.onBytes?.(bytes);
      };
      const answer = await sendRequest(url, route, {
        method: request.method,
        headers: { 'user-agent': 'sealer', 'accept-encoding': 'identity', ...headers },
        body: typeof request.body === 'function' ? request.body() : request.body,
        onBytes,
        signal: request.signal,
        silence: this.#connection.silence ?? defaultSilence,
      });
      if (answer.status === 407) throw proxyWantsLogin(answer);
      // Asked to log in, or sent on: the body is sent again.
      if (sent > 0 && (answer.status === 401 || answer.status === 307 || answer.status === 308))
        request.onBytes?.(-sent);
      return { ...answer, url };
    } catch (cause) {
      if (cause instanceof SourceFailure) throw unreadableSource(cause, request.digest, this.registry.host);
      if (typeof cause === 'object' && cause !== null) this.#asked.set(cause, url.host);
      throw cause;
    }
  }

  /** Own certificates and tunnels are for the registry; where it redirects to is reached in the ordinary way. */
  #agentsFor(url: URL): HttpAgents {
    this.#agents ??= { own: new HttpAgents(this.#connection) };
    if (url.origin === this.registry.origin) return this.#agents.own;
    this.#agents.other ??= new HttpAgents({ ca: this.#connection.ca });
    return this.#agents.other;
  }

  #fetchToken: FetchToken = async (url, request, signal) => {
    const way: TokenWay = {
      send: async (to, call, headers) => {
        const scope = { repository: '', actions: 'pull' } as const;
        return await this.#once(to, { ...call, url: to, scope, signal }, headers);
      },
      redirect: (location, from) => this.#checkRedirect(location, from),
      registry: this.registry.host,
    };
    const ask = async () => await requestToken(url, request, way);
    const answer = await this.#repeated(ask, signal, attempts);
    return { status: answer.status, text: await readErrorText(answer) };
  };
}

/** An answer of the proxy that an http request goes through; a tunnel for https fails by itself (http-agents.ts). */
function proxyWantsLogin({ body }: HttpAnswer): Error {
  body.discard();
  return Object.assign(new Error('it wants a user and a password (407)'), { proxy: 'of HTTP_PROXY' });
}

/** The message in a registry's error document (distribution specification, "Error codes"), or the text as it is. */
export function errorDetail(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: string; message?: string; detail?: unknown }[] };
    if (Array.isArray(errors) && errors.length > 0) {
      return errors
        .map(({ code, message, detail }) => [code, message, detail && JSON.stringify(detail)].filter(Boolean).join(' '))
        .join('; ')
        .slice(0, 500);
    }
  } catch {
    // Not JSON: a proxy's page, or nothing.
  }
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}
