/** Connections to one registry: TCP, a proxy of the environment, or a stream somebody else opened (an ssh channel); TLS over each. */
import { type AgentOptions, type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { tunnelFailure } from './network-failure.js';
import { registryErrors } from './registry-errors.js';
import { connectTcp } from './tcp-connection.js';

export interface ConnectionOptions {
  /** PEM certificates trusted in place of the system's. */
  ca?: string | Buffer | undefined;
  /** Opens a raw stream to the registry, e.g. through ssh; called for every connection of the pool. */
  connect?: (() => Promise<Duplex>) | undefined;
  /** Name the certificate has to be for. Default: the host of the address. */
  servername?: string | undefined;
  /** Any certificate is taken. */
  skipTlsVerify?: boolean | undefined;
  /** Connections at a time. Default 8. */
  connections?: number | undefined;
  /** Silence that counts as a broken connection, in milliseconds: before an answer (default 300,000: a registry may have
   *  a large blob to check), and within one (default 60,000). */
  silence?: { headers: number; body: number } | undefined;
}

interface TlsOptions {
  ca?: string | Buffer;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** An agent, and what the request itself has to say about TLS. */
export interface Route {
  agent: HttpAgent;
  tls: TlsOptions;
}

/** Milliseconds. */
export const connectTimeout = 15_000;

export function notConnected(): Error {
  return Object.assign(new Error(`no connection within ${connectTimeout / 1000} s`), { code: 'ETIMEDOUT' });
}

type Opened = (cause: Error | null, stream?: Duplex) => void;

export class HttpAgents {
  readonly #pool: AgentOptions;
  readonly #tls: TlsOptions;
  readonly #open: ConnectionOptions['connect'];
  readonly #routes = new Map<string, Promise<Route>>();

  constructor(options: ConnectionOptions) {
    this.#pool = { keepAlive: true, maxSockets: options.connections ?? 8 };
    this.#open = options.connect;
    this.#tls = {
      ...(options.ca ? { ca: options.ca } : {}),
      ...(options.servername ? { servername: options.servername } : {}),
      ...(options.skipTlsVerify ? { rejectUnauthorized: false } : {}),
    };
  }

  /** The same for every request to an origin. */
  async to(url: URL): Promise<Route> {
    const known = this.#routes.get(url.origin) ?? this.#route(url);
    this.#routes.set(url.origin, known);
    return await known;
  }

  async destroy(): Promise<void> {
    // A route that could not be found was an error where it was asked for.
    for (const route of this.#routes.values()) (await route.catch(() => undefined))?.agent.destroy();
    this.#routes.clear();
  }

  async #route(url: URL): Promise<Route> {
    const secure = url.protocol === 'https:';
    const make = (tls: TlsOptions) =>
      secure
        ? new HttpsAgent({ ...this.#pool, ...tls })
        : Object.assign(new HttpAgent({ ...this.#pool }), { createConnection: connectTcp });
    if (this.#open) return { agent: overStream(make({}), this.#open, url, this.#tls), tls: {} };
    const proxy = await proxyFor(url);
    if (proxy === '') return { agent: make(this.#tls), tls: {} };
    if (!URL.canParse(proxy))
      throw registryErrors.REGISTRY_SETTINGS_INVALID({
        path: 'the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)',
        // It may hold a password.
        reason: 'it is no address such as http://proxy.example:3128',
      });
    const named = withoutPassword(proxy);
    // As curl does it: a tunnel for https, while an http request is the proxy's to send.
    const agent = secure
      ? new (await import('https-proxy-agent')).HttpsProxyAgent(proxy, this.#pool)
      : new (await import('http-proxy-agent')).HttpProxyAgent(proxy, this.#pool);
    const connect = agent.connect.bind(agent) as (...words: unknown[]) => Promise<never>;
    agent.connect = async (...words: unknown[]) =>
      await inTime(connect(...words)).catch((cause) => {
        throw Object.assign(cause instanceof Error ? cause : new Error(String(cause)), { proxy: named });
      });
    // A proxy that refuses is no registry that does: its answer would be taken for the registry's.
    if (secure)
      agent.on('proxyConnect', (answer: { statusCode: number; statusText: string }, request: ClientRequest) => {
        if (answer.statusCode === 200) return;
        const message = `it answers ${answer.statusCode} ${answer.statusText}`.trim();
        request.destroy(Object.assign(new Error(message), { proxy: named }));
      });
    return { agent, tls: this.#tls };
  }
}

/** By HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY; this machine itself is never behind a proxy. */
async function proxyFor(url: URL): Promise<string> {
  const named = Object.keys(process.env).some((name) => /^(https?|all)_proxy$/i.test(name));
  if (!named || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) return '';
  const proxy = (await import('proxy-from-env')).getProxyForUrl(url.href);
  if (proxy === '' || URL.canParse(proxy)) return proxy;
  throw Object.assign(new Error('it is not an address'), { proxy: JSON.stringify(proxy) });
}

function withoutPassword(proxy: string): string {
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
}

/** A proxy that takes the connection and says nothing is given up as a registry is that does. */
async function inTime<T>(connected: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(notConnected()), connectTimeout);
  });
  return await Promise.race([connected, late]).finally(() => clearTimeout(timer));
}

/** The agent with its connections made by `open`. */
function overStream(agent: HttpAgent, open: () => Promise<Duplex>, url: URL, tls: TlsOptions): HttpAgent {
  const createConnection = (_options: unknown, done: Opened): undefined => {
    open().then(
      (stream) => {
        if (url.protocol === 'https:') startTls(stream, url, tls, done);
        else done(null, asSocket(stream));
      },
      (cause) => done(tunnelFailure(cause)),
    );
  };
  return Object.assign(agent, { createConnection });
}

function startTls(stream: Duplex, url: URL, tls: TlsOptions, done: Opened): void {
  const servername = (tls.servername ?? url.hostname).replace(/^\[|\]$/g, '');
  // An IP address must not be sent as a server name (RFC 6066); the certificate is checked against it all the same.
  const isAddress = /^[\d.]+$|:/.test(servername);
  const socket = connectTls({
    ...tls,
    socket: stream,
    host: servername,
    servername: isAddress ? '' : servername,
    ALPNProtocols: ['http/1.1'],
  });
  const failed = (cause: Error) => done(cause);
  // A channel that closes during the handshake would otherwise leave it waiting.
  stream.once('close', () =>
    socket.destroy(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })),
  );
  socket.once('error', failed);
  socket.once('secureConnect', () => {
    socket.off('error', failed);
    done(null, socket);
  });
}

/** node:http calls these of net.Socket; a plain stream has nothing to do for them. */
function asSocket(stream: Duplex): Duplex {
  const socket = stream as unknown as Record<string, unknown>;
  for (const name of ['ref', 'unref', 'setKeepAlive', 'setNoDelay', 'setTimeout']) socket[name] ??= () => stream;
  return stream;
}
