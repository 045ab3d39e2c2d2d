/** One HTTP request and its answer, whatever the status; no redirect is followed, and nobody is waited for without end. */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { SealerError } from '../errors/sealer-error.js';
import { connectTimeout, notConnected, type Route } from './http-agents.js';
import { ResponseBody } from './response-body.js';
import { silent } from './retry.js';
import { SourceFailure } from './unreadable-source.js';

export interface HttpRequest {
  method: string;
  headers: Record<string, string>;
  /** A stream is for requests with a `content-length`. */
  body?: Buffer | string | Readable | undefined;
  /** Bytes of a stream, as they are sent. */
  onBytes?: ((bytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds: before an answer, and within one. */
  silence: { headers: number; body: number };
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Has to be read or discarded: the connection is not free before. */
  body: ResponseBody;
}

export async function sendRequest(url: URL, { agent, tls }: Route, request: HttpRequest): Promise<HttpAnswer> {
  const { method, headers, body, silence, signal } = request;
  const options: RequestOptions = { method, headers, agent, ...tls, ...(signal ? { signal } : {}) };
  return await new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
    let answered = false;
    // Begun when there is a connection: a request may wait for its turn.
    let waiting: NodeJS.Timeout | undefined;
    outgoing.once('socket', (socket: Socket) => {
      if (answered) return;
      waiting = setTimeout(() => outgoing.destroy(silent()), silence.headers);
      if (!socket.connecting) return;
      const timer = setTimeout(() => outgoing.destroy(notConnected()), connectTimeout);
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
      socket.once('close', () => clearTimeout(timer));
    });
    let left = Number(headers['content-length'] ?? 0);
    const source = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? undefined : body;
    const settle = () => {
      answered = true;
      clearTimeout(waiting);
    };
    outgoing.once('response', (message: IncomingMessage) => {
      settle();
      // node:http frees the connection when the answer ends and all is written, and once more when it hears that all is
      // written; where that comes later than the answer, two requests would get one connection.
      message.once('end', () => {
        if (outgoing.writableFinished) outgoing.removeAllListeners('finish');
      });
      // An answer that does not wait for the body wants none of the rest; the connection is no use then.
      if (source && left > 0) {
        source.unpipe(outgoing).destroy();
        message.once('close', () => outgoing.destroy());
      }
      resolve({
        status: message.statusCode ?? 0,
        headers: message.headers,
        body: new ResponseBody(message, silence.body),
      });
    });
    // After an answer this changes nothing.
    outgoing.on('error', (cause) => {
      settle();
      reject(cause);
    });
    if (!source) {
      outgoing.end(body);
      return;
    }
    source.on('data', (bytes: Buffer) => {
      left -= bytes.length;
      waiting?.refresh();
      request.onBytes?.(bytes.length);
    });
    source.once('end', () => {
      if (left === 0) return;
      const text = `what is sent has ${Math.abs(left)} bytes ${left > 0 ? 'less' : 'more'} than was said`;
      outgoing.destroy(new SourceFailure(text));
    });
    source.on('error', (cause) =>
      outgoing.destroy(SealerError.is(cause) ? cause : new SourceFailure(cause.message, { cause })),
    );
    outgoing.once('close', () => source.destroy());
    source.pipe(outgoing);
  });
}
