/** A registry in this process for unit tests: the requests sealer makes, the ways to log in, and faults on demand. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface FakeRegistryOptions {
  /** What it asks for. `bearer` gives tokens at /token for the same user and password. */
  auth?: { scheme: 'basic' | 'bearer'; username: string; password: string };
  tls?: { key: string; cert: string };
  /** Lists referrers itself (distribution specification 1.1); otherwise clients keep them under a tag. */
  referrersApi?: boolean;
  /** Answers instead of the registry; true when it did. Faults are planted here. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export class FakeRegistry implements AsyncDisposable {
  readonly blobs = new Map<string, Buffer>();
  /** By `repository@digest` and `repository:tag`. */
  readonly manifests = new Map<string, { mediaType: string; bytes: Buffer }>();
  /** `METHOD path` of every request, with ` (authorized)` when it carried credentials. */
  readonly requests: string[] = [];
  /** Uploads that have begun: what has arrived, also of a PATCH that was cut. */
  readonly #uploads = new Map<string, Buffer[]>();
  readonly #server: Server;
  readonly #options: FakeRegistryOptions;

  private constructor(options: FakeRegistryOptions) {
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((cause) => response.destroy(cause));
    };
    this.#server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  }

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `http://127.0.0.1:40000`. */
  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    this.requests.push(`${request.method} ${url.pathname}${request.headers.authorization ? ' (authorized)' : ''}`);
    if (this.#options.intercept?.(request, response)) return;
    if (url.pathname === '/token') return this.#token(request, response, url);
    if (!this.#isAllowed(request)) return this.#challenge(response, url);
    if (url.pathname === '/v2/') return void response.writeHead(200).end('{}');
    const [, repository = '', kind, rest = ''] = /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'manifests') return await this.#manifest(request, response, repository, rest);
    if (kind === 'blobs' && rest.startsWith('uploads')) return await this.#upload(request, response, url, repository);
    if (kind === 'blobs') return this.#blob(request, response, rest);
    const [, home = '', subject = ''] = /^\/v2\/(.+)\/referrers\/(.*)$/.exec(url.pathname) ?? [];
    if (subject && this.#options.referrersApi) return this.#referrers(response, home, subject);
    fail(response, 404, 'NAME_UNKNOWN');
  }

  #referrers(response: ServerResponse, repository: string, subject: string): void {
    const manifests = [...this.manifests].flatMap(([key, { mediaType, bytes }]) => {
      const document = JSON.parse(bytes.toString('utf8'));
      if (!key.startsWith(`${repository}@`) || document.subject?.digest !== subject) return [];
      const artifactType = document.artifactType ?? document.config.mediaType;
      return [
        { mediaType, digest: digestOf(bytes), size: bytes.length, artifactType, annotations: document.annotations },
      ];
    });
    response.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' });
    response.end(JSON.stringify({ schemaVersion: 2, manifests }));
  }

  #isAllowed({ headers: { authorization } }: IncomingMessage): boolean {
    const { auth } = this.#options;
    if (!auth) return true;
    return authorization === (auth.scheme === 'basic' ? basic(auth) : `Bearer token-of-${auth.username}`);
  }

  #challenge(response: ServerResponse, url: URL): void {
    const realm = `Bearer realm="${this.url}/token",service="fake, registry",scope="repository:${url.pathname}:pull"`;
    response.setHeader('www-authenticate', this.#options.auth?.scheme === 'bearer' ? realm : 'Basic realm="fake"');
    fail(response, 401, 'UNAUTHORIZED');
  }

  #token(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const { auth } = this.#options;
    const right =
      auth && request.headers.authorization === basic(auth) && url.searchParams.get('service') === 'fake, registry';
    if (!right) {
      fail(response, 401, 'UNAUTHORIZED');
      return;
    }
    response.end(JSON.stringify({ token: `token-of-${auth.username}`, expires_in: 300 }));
  }

  #blob(request: IncomingMessage, response: ServerResponse, digest: string): void {
    const bytes = this.blobs.get(digest);
    if (!bytes) {
      fail(response, 404, 'BLOB_UNKNOWN');
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = bytes.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': part.length, 'docker-content-digest': digest });
    response.end(request.method === 'HEAD' ? undefined : part);
  }

  async #upload(request: IncomingMessage, response: ServerResponse, url: URL, repository: string): Promise<void> {
    if (request.method === 'POST') {
      const mount = url.searchParams.get('mount');
      if (mount && this.blobs.has(mount)) return void response.writeHead(201).end();
      const opened = `/v2/${repository}/blobs/uploads/${randomUUID()}`;
      this.#uploads.set(opened, []);
      response.writeHead(202, { location: `${opened}?_state=x` }).end();
      return;
    }
    const held = this.#uploads.get(url.pathname);
    if (!held || url.searchParams.get('_state') !== 'x') return fail(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    const length = () => held.reduce((sum, piece) => sum + piece.length, 0);
    const where = () => ({ location: `${url.pathname}?_state=x`, range: `0-${Math.max(length() - 1, 0)}` });
    if (request.method === 'GET') return void response.writeHead(204, where()).end();
    const start = /^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== length()) return fail(response, 416, 'RANGE_INVALID');
    // What a PATCH brings is kept although it is cut.
    const sent = await readAll(request, (piece) => void (request.method === 'PATCH' && held.push(piece)));
    if (request.method === 'PATCH') return void response.writeHead(202, where()).end();
    const bytes = Buffer.concat([...held, sent]);
    const digest = digestOf(bytes);
    if (digest !== url.searchParams.get('digest')) return fail(response, 400, 'DIGEST_INVALID');
    this.#uploads.delete(url.pathname);
    this.blobs.set(digest, bytes);
    response.writeHead(201).end();
  }

  async #manifest(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    reference: string,
  ): Promise<void> {
    if (request.method === 'PUT') {
      const entry = { mediaType: request.headers['content-type'] ?? '', bytes: await readAll(request) };
      const digest = digestOf(entry.bytes);
      this.manifests.set(`${repository}@${digest}`, entry);
      if (!reference.startsWith('sha256:')) this.manifests.set(`${repository}:${reference}`, entry);
      const subject = this.#options.referrersApi ? JSON.parse(entry.bytes.toString('utf8')).subject?.digest : undefined;
      response
        .writeHead(201, { 'docker-content-digest': digest, ...(subject ? { 'oci-subject': subject } : {}) })
        .end();
      return;
    }
    const found = this.manifests.get(`${repository}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`);
    if (!found || !request.headers.accept?.includes(found.mediaType)) return fail(response, 404, 'MANIFEST_UNKNOWN');
    const headers = {
      'content-type': found.mediaType,
      'content-length': found.bytes.length,
      'docker-content-digest': digestOf(found.bytes),
    };
    response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : found.bytes);
  }
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message: `fake registry says ${code}` }] }));
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function readAll(request: IncomingMessage, onPiece?: (piece: Buffer) => void): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) {
    pieces.push(piece as Buffer);
    onPiece?.(piece as Buffer);
  }
  return Buffer.concat(pieces);
}
