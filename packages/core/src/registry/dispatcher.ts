/** Connections to one registry: TCP or a stream somebody else opened (an ssh channel), with TLS over either. */
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { agentClass, proxyAgentClass } from './http-library.js';

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

const defaultSilence = { headers: 300_000, body: 60_000 };

export function createDispatcher(options: ConnectionOptions): Dispatcher {
  const Agent = agentClass();
  const { headers: headersTimeout, body: bodyTimeout } = options.silence ?? defaultSilence;
  const common: Agent.Options = {
    headersTimeout,
    bodyTimeout,
    connections: options.connections ?? 8,
    keepAliveTimeout: 15_000,
  };
  const tls = {
    ...(options.ca ? { ca: options.ca } : {}),
    ...(options.servername ? { servername: options.servername } : {}),
    ...(options.skipTlsVerify ? { rejectUnauthorized: false } : {}),
  };
  if (options.connect) return new Agent({ ...common, connect: streamConnector(options.connect, tls) });
  const { env } = process;
  const proxied = env.http_proxy || env.HTTP_PROXY || env.https_proxy || env.HTTPS_PROXY;
  const connect = { timeout: 15_000, ...tls };
  if (!proxied) return new Agent({ ...common, connect });
  const ProxyAgent = proxyAgentClass();
  return new ProxyAgent({ ...common, connect, requestTls: tls });
}

function streamConnector(
  open: () => Promise<Duplex>,
  tls: { ca?: string | Buffer; servername?: string; rejectUnauthorized?: boolean },
) {
  return (target: buildConnector.Options, done: buildConnector.Callback): void => {
    open().then(
      (stream) => {
        if (target.protocol !== 'https:') return done(null, asSocket(stream));
        const servername = tls.servername ?? target.hostname;
        // An IP address must not be sent as a server name (RFC 6066); the certificate is checked against it all the same.
        const isAddress = /^[\d.]+$|:/.test(servername.replace(/^\[|\]$/g, ''));
        const socket = connectTls({
          ...tls,
          socket: stream,
          host: servername.replace(/^\[|\]$/g, ''),
          servername: isAddress ? '' : servername,
          ALPNProtocols: ['http/1.1'],
        });
        const failed = (cause: Error) => done(cause, null);
        // A channel that closes during the handshake would otherwise leave it waiting.
        const closed = () =>
          socket.destroy(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
        stream.once('close', closed);
        socket.once('error', failed);
        socket.once('secureConnect', () => {
          socket.off('error', failed);
          done(null, socket);
        });
      },
      (cause) => done(cause instanceof Error ? cause : new Error(String(cause)), null),
    );
  };
}

/** undici calls these of net.Socket; a plain stream has nothing to do for them. */
function asSocket(stream: Duplex): TLSSocket {
  const socket = stream as unknown as Record<string, unknown>;
  for (const name of ['ref', 'unref', 'setKeepAlive', 'setNoDelay', 'setTimeout']) socket[name] ??= () => stream;
  return stream as unknown as TLSSocket;
}
