/**
 * One request to a registry and its answer: authorised when asked for, redirected with care, repeated when the failure
 * passes by itself. Credentials go to the registry's own origin only.
 */
import type { Readable } from 'node:stream';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import { Authorizer, type FetchToken, type Scope } from './authorizer.js';
import { type ConnectionOptions, HttpAgents } from './http-agents.js';
import { type HttpAnswer, sendRequest } from './http-request.js';
import { RateLimit } from './rate-limit.js';
import { readErrorText } from './read-answer.js';
import { registryErrors } from './registry-errors.js';
import { attempts, backOff, failureWeight, isTransientError, isTransientStatus, retryAfter } from './retry.js';
import type { Credentials } from './user-credentials.js';

export interface RegistryRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the registry's address, or an address a Location header gave. */
  url: string | URL;
  scope: Scope;
  headers?: Record<string, string>;
  body?: Buffer | string | (() => Readable);
  /** Bytes of a stream, as they are sent. */
  onBytes?: ((bytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Attempts; 1 when the caller repeats something larger. Default 6. */
  attempts?: number;
}

export interface RegistryResponse extends HttpAnswer {
  /** Where it came from, after redirects. */
  url: URL;
}

const defaultSilence = { headers: 300_000, body: 60_000 };

export class Exchange {
  readonly registry: URL;
  readonly #tunnelled: boolean;
  readonly #connection: ConnectionOptions;
  readonly #authorizer: Authorizer;
  readonly #rateLimit: RateLimit;
  #agents: { own: HttpAgents; other?: HttpAgents } | undefined;

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

  async close(): Promise<void> {
    const { own, other } = this.#agents ?? {};
    this.#agents = undefined;
    await Promise.all([own, other].map((agents) => agents?.destroy()));
  }

  /** Turns an error of the connection into ours. */
  explain(cause: unknown): unknown {
    if (SealerError.is(cause)) return cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const registry = this.registry.host;
    const isTls = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/.test(code);
    const reason = message || code;
    if (isTls) return registryErrors.REGISTRY_TLS({ registry, reason }, { cause });
    return registryErrors.REGISTRY_UNREACHABLE({ registry, reason }, { cause });
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
    const loggedIn = await this.#authorizer.hasCredentials();
    const target = scope.repository || 'its API';
    throw registryErrors.REGISTRY_UNAUTHORIZED({
      registry: this.registry.host,
      target,
      loggedIn,
      detail: errorDetail(detail),
    });
  }

  async #redirected(request: RegistryRequest, authorization: string | undefined): Promise<RegistryResponse> {
    let url = new URL(request.url, this.registry);
    for (let hop = 0; hop <= 5; hop++) {
      const own = url.origin === this.registry.origin;
      const headers = { ...request.headers, ...(own && authorization ? { authorization } : {}) };
      const response = await this.#once(url, request, headers);
      const location = [response.headers.location].flat()[0];
      const redirects = [301, 302, 303, 307, 308].includes(response.status) && location !== undefined;
      if (!redirects || (request.method !== 'GET' && request.method !== 'HEAD')) return response;
      await response.body.dump();
      url = this.#checkRedirect(new URL(location, url), url);
    }
    throw registryErrors.REGISTRY_PROTOCOL({
      registry: this.registry.host,
      request: request.method,
      reason: 'it redirects in circles',
    });
  }

  /** @throws REGISTRY_PROTOCOL when bytes would go over an open line, or out of a tunnel */
  #checkRedirect(to: URL, from: URL): URL {
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
    const body = typeof request.body === 'function' ? request.body() : request.body;
    const answer = await sendRequest(url, await this.#agentsFor(url).to(url), {
      method: request.method,
      headers: { 'user-agent': 'sealer', 'accept-encoding': 'identity', ...headers },
      body,
      onBytes: request.onBytes,
      signal: request.signal,
      silence: this.#connection.silence ?? defaultSilence,
    });
    return { ...answer, url };
  }

  /** Own certificates and tunnels are for the registry; where it redirects to is reached in the ordinary way. */
  #agentsFor(url: URL): HttpAgents {
    this.#agents ??= { own: new HttpAgents(this.#connection) };
    if (url.origin === this.registry.origin) return this.#agents.own;
    this.#agents.other ??= new HttpAgents({ ca: this.#connection.ca });
    return this.#agents.other;
  }

  #fetchToken: FetchToken = async (url, request, signal) => {
    const { headers, ...rest } = request;
    const call = { ...rest, scope: { repository: '', actions: 'pull' }, signal } as const;
    const answer = await this.#repeated(async () => await this.#once(url, { url, ...call }, headers), signal, attempts);
    return { status: answer.status, text: await readErrorText(answer) };
  };
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
