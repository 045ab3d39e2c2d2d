/** `sealer serve`: the local store as a read-only registry, for docker, containerd, skopeo and other sealers. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emit } from '../events/events.js';
import { registryErrors } from '../registry/registry-errors.js';
import type { ImageStore } from '../store/store.js';
import { CheckedBlobs } from './checked-blobs.js';
import { answerRequest } from './serve-request.js';
import { NameReader } from './served-names.js';

export interface ServeOptions {
  /** `127.0.0.1:5000`, `[::]:5000`; port 0 is one that is free. */
  address: string;
  /** PEM files; https in place of http. */
  tls?: { certFile: string; keyFile: string } | undefined;
  /** Learns of the address, and of every request. */
  emit?: Emit | undefined;
  /** Ends it. */
  signal: AbortSignal;
  /** Called once requests are taken, with the address as it came out. */
  onListening?: (url: string) => void;
}

export interface Served {
  url: string;
  requests: number;
  bytes: number;
}

/** What runs when it is ended has so long to finish. Milliseconds. */
const grace = 5_000;

/** Serves until the signal. @throws SERVE_ADDRESS_INVALID, SERVE_ADDRESS_UNAVAILABLE, SERVE_TLS_INVALID */
export async function serveStore(store: ImageStore, options: ServeOptions): Promise<Served> {
  const { emit, signal, tls } = options;
  const { host, port } = splitAddress(options.address);
  const counts = { requests: 0, bytes: 0 };
  const active = new Set<ServerResponse>();
  const warn = (text: string) => emit?.({ type: 'message', level: 'warning', text });
  const reader = new NameReader(store, warn);
  const checked = new CheckedBlobs(store);
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const started = performance.now();
    const before = request.socket.bytesWritten;
    active.add(response);
    const ended = finished(response).catch(() => undefined);
    answerRequest(store, reader, checked, request, response).catch((cause: Error) => {
      // The headers may be on their way already: then only the cut tells the client.
      if (!response.headersSent) sendFailure(response, cause);
      else response.destroy();
      if (!isGone(cause)) warn(`${request.url}: ${cause.message}`);
    });
    const from = request.socket.remoteAddress ?? '';
    ended.then(() => {
      active.delete(response);
      const bytes = request.socket.bytesWritten - before;
      counts.requests += 1;
      counts.bytes += bytes;
      const cut = response.writableFinished ? '' : ', cut off';
      const text = `${request.method} ${request.url} ${response.statusCode}${cut} (${bytes} bytes, ${Math.round(performance.now() - started)} ms)`;
      emit?.({ type: 'message', level: 'info', host: from, text });
    });
  };
  // A store that cannot be read is nothing to serve.
  await reader.read();
  const server = await makeServer(tls, listener);
  await listen(server, host, port);
  const bound = server.address() as AddressInfo;
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  const url = `${tls ? 'https' : 'http'}://${shown}:${bound.port}`;
  const open = !tls && !/^(127\.|\[::1\])/.test(shown);
  if (open) {
    const text = `${url} can be read by everybody who reaches it, without encryption; --tls-cert and --tls-key encrypt it`;
    emit?.({ type: 'message', level: 'warning', text });
  }
  options.onListening?.(url);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await close(server, active);
  return { url, ...counts };
}

/** As an error document of the distribution specification. */
function sendFailure(response: ServerResponse, { message }: Error): void {
  const body = JSON.stringify({ errors: [{ code: 'UNKNOWN', message }] });
  response.writeHead(500, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

async function makeServer(
  tls: ServeOptions['tls'],
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  if (!tls) return createServer(listener);
  try {
    const [cert, key] = await Promise.all([readFile(tls.certFile), readFile(tls.keyFile)]);
    return createTlsServer({ cert, key, minVersion: 'TLSv1.2' }, listener);
  } catch (cause) {
    throw registryErrors.SERVE_TLS_INVALID({ reason: (cause as Error).message }, { cause });
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        registryErrors.SERVE_ADDRESS_UNAVAILABLE({ address: `${host}:${port}`, reason: cause.message }, { cause }),
      ),
    );
    server.listen({ host, port }, resolve);
  });
}

/** No new connections; what is being answered has the grace to end. */
async function close(server: Server, active: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const end = Date.now() + grace; active.size > 0 && Date.now() < end; ) await sleep(50);
  server.closeAllConnections();
  await closed;
}

/** @throws SERVE_ADDRESS_INVALID */
export function splitAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw registryErrors.SERVE_ADDRESS_INVALID({ address });
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}

/** A client that hangs up is no fault of ours. */
function isGone(cause: Error): boolean {
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes((cause as NodeJS.ErrnoException).code ?? '');
}
