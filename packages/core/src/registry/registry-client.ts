/**
 * A client for one registry (OCI distribution specification 1.1): what pull, push and filling an in-cluster registry
 * need. Streams bodies, verifies digests, tries again what may pass by itself.
 */
import { Readable } from 'node:stream';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { digestOf, isDigest } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { manifestMediaTypes, parseObject } from '../image/manifest-document.js';
import type { Scope } from './authorizer.js';
import { downloadBlob } from './blob-download.js';
import { type UploadRequest, uploadBlob } from './blob-upload.js';
import type { Credentials } from './credentials.js';
import type { ConnectionOptions } from './dispatcher.js';
import { Exchange, errorDetail, type RegistryResponse } from './exchange.js';
import { registryErrors } from './registry-errors.js';

export interface RegistryClientOptions extends ConnectionOptions {
  /** `https://registry.example:5000`; http is for loopback and tunnels. */
  baseUrl: string;
  credentials?: Credentials | (() => Promise<Credentials | undefined>) | undefined;
}

interface Call {
  signal?: AbortSignal | undefined;
}

interface UploadCall extends Pick<UploadRequest, 'onBytes'> {
  known?: 'missing' | undefined;
}

export interface RegistryClient {
  readonly baseUrl: string;
  /** True when a registry answers; credentials may still be wanted for repositories. */
  ping(call?: Call): Promise<void>;
  /** Size in bytes, undefined when the repository does not have the blob. */
  headBlob(repository: string, digest: Digest, call?: Call): Promise<number | undefined>;
  /** The bytes; a cut is resumed, and a wrong digest is an error at the end of the stream. */
  getBlob(repository: string, blob: Pick<Descriptor, 'digest' | 'size'>, call?: Call): Readable;
  /** Sends the blob unless it is there (`known: 'missing'` saves the question). True when bytes were sent. */
  uploadBlob(
    repository: string,
    digest: Digest,
    size: number,
    content: UploadRequest['content'],
    call?: Call & UploadCall,
  ): Promise<boolean>;
  /** Takes a blob over from another repository of the registry. False when that is not possible: then upload it. */
  mountBlob(repository: string, digest: Digest, from: string, call?: Call): Promise<boolean>;
  /** By tag or digest; undefined when absent. */
  headManifest(repository: string, reference: string, call?: Call): Promise<Descriptor | undefined>;
  /** By tag or digest, verified. @throws REGISTRY_NOT_FOUND, BLOB_DIGEST_MISMATCH */
  getManifest(
    repository: string,
    reference: string,
    call?: Call,
  ): Promise<{ bytes: Buffer; mediaType: string; digest: Digest }>;
  /** @throws REGISTRY_REFUSED, e.g. when a blob it refers to is missing */
  putManifest(repository: string, reference: string, mediaType: string, bytes: Buffer, call?: Call): Promise<Digest>;
  /** All tags of a repository, in the registry's order. @throws REGISTRY_NOT_FOUND */
  listTags(repository: string, call?: Call): Promise<string[]>;
  /** All repositories the registry is willing to name. */
  listRepositories(call?: Call): Promise<string[]>;
  close(): Promise<void>;
}

/** The most a manifest may have (distribution specification). */
const manifestLimit = 4 * 1024 * 1024;

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { baseUrl, credentials, ...connection } = options;
  const find = typeof credentials === 'function' ? once(credentials) : async () => credentials;
  return new HttpRegistryClient(new Exchange(new URL(baseUrl), find, connection));
}

class HttpRegistryClient implements RegistryClient {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get baseUrl(): string {
    return this.#exchange.registry.origin;
  }

  async ping({ signal }: Call = {}): Promise<void> {
    const scope = { repository: '', actions: 'pull' } as const;
    const response = await this.#exchange.send({ method: 'GET', url: '/v2/', scope, signal });
    if (response.status !== 200) throw await this.#refused(response, 'GET /v2/');
    await response.body.dump();
  }

  async headBlob(repository: string, digest: Digest, { signal }: Call = {}): Promise<number | undefined> {
    const scope = { repository, actions: 'pull' } as const;
    const url = `/v2/${repository}/blobs/${digest}`;
    const response = await this.#exchange.send({ method: 'HEAD', url, scope, signal });
    await response.body.dump();
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw await this.#refused(response, `HEAD of blob ${digest}`);
    return Number(response.headers['content-length'] ?? 0);
  }

  getBlob(repository: string, blob: Pick<Descriptor, 'digest' | 'size'>, { signal }: Call = {}): Readable {
    return Readable.from(downloadBlob(this.#exchange, repository, blob, signal), { objectMode: false });
  }

  async uploadBlob(
    repository: string,
    digest: Digest,
    size: number,
    content: UploadRequest['content'],
    { signal, onBytes, known }: Call & UploadCall = {},
  ): Promise<boolean> {
    if (known !== 'missing' && (await this.headBlob(repository, digest, { signal })) !== undefined) {
      if (typeof content !== 'function') content.destroy();
      return false;
    }
    await uploadBlob(this.#exchange, { repository, digest, size, content, signal, onBytes });
    return true;
  }

  async mountBlob(repository: string, digest: Digest, from: string, { signal }: Call = {}): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from });
    const response = await this.#exchange.send({
      method: 'POST',
      url: `/v2/${repository}/blobs/uploads/?${query}`,
      scope: { repository, actions: 'pull,push' },
      signal,
    });
    await response.body.dump();
    // 202: an upload was opened instead, because it has no such blob there. It runs out by itself.
    return response.status === 201;
  }

  async headManifest(repository: string, reference: string, { signal }: Call = {}): Promise<Descriptor | undefined> {
    const response = await this.#manifestRequest('HEAD', repository, reference, signal);
    await response.body.dump();
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw await this.#refused(response, `HEAD of manifest ${repository}:${reference}`);
    const digest = [response.headers['docker-content-digest']].flat()[0] ?? reference;
    if (!isDigest(digest)) return undefined;
    return { mediaType: contentType(response), digest, size: Number(response.headers['content-length'] ?? 0) };
  }

  async getManifest(repository: string, reference: string, { signal }: Call = {}) {
    const registry = this.#exchange.registry.host;
    const target = `${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
    const response = await this.#manifestRequest('GET', repository, reference, signal);
    if (response.status === 404) {
      const detail = errorDetail(await response.body.text());
      throw registryErrors.REGISTRY_NOT_FOUND({ registry, target, detail });
    }
    if (response.status !== 200) throw await this.#refused(response, `GET of manifest ${target}`);
    const bytes = await readLimited(response.body as AsyncIterable<Buffer>, target);
    const digest = digestOf(bytes);
    const expected = isDigest(reference) ? reference : [response.headers['docker-content-digest']].flat()[0];
    if (isDigest(expected) && expected !== digest) {
      throw imageErrors.BLOB_DIGEST_MISMATCH({ expected, actual: digest, source: registry });
    }
    return { bytes, mediaType: contentType(response), digest };
  }

  async putManifest(
    repository: string,
    reference: string,
    mediaType: string,
    bytes: Buffer,
    { signal }: Call = {},
  ): Promise<Digest> {
    const response = await this.#exchange.send({
      method: 'PUT',
      url: `/v2/${repository}/manifests/${reference}`,
      scope: { repository, actions: 'pull,push' },
      headers: { 'content-type': mediaType },
      body: bytes,
      signal,
    });
    if (response.status !== 201) throw await this.#refused(response, `PUT of manifest ${repository}:${reference}`);
    await response.body.dump();
    const digest = digestOf(bytes);
    const stored = [response.headers['docker-content-digest']].flat()[0];
    if (stored === undefined || stored === digest) return digest;
    throw imageErrors.BLOB_DIGEST_MISMATCH({ expected: digest, actual: stored, source: this.#exchange.registry.host });
  }

  async listTags(repository: string, { signal }: Call = {}): Promise<string[]> {
    const scope = { repository, actions: 'pull' } as const;
    const pages = this.#pages(`/v2/${repository}/tags/list?n=1000`, scope, repository, signal);
    const tags: string[] = [];
    for await (const page of pages) tags.push(...strings(page.tags));
    return tags;
  }

  async listRepositories({ signal }: Call = {}): Promise<string[]> {
    const scope = { repository: '', actions: 'pull', catalog: true } as const;
    const names: string[] = [];
    for await (const page of this.#pages('/v2/_catalog?n=1000', scope, 'its catalog', signal))
      names.push(...strings(page.repositories));
    return names;
  }

  async close(): Promise<void> {
    await this.#exchange.close();
  }

  /** Without Accept, registries answer 404 for anything but Docker's own manifests. */
  async #manifestRequest(
    method: 'GET' | 'HEAD',
    repository: string,
    reference: string,
    signal: AbortSignal | undefined,
  ) {
    return await this.#exchange.send({
      method,
      url: `/v2/${repository}/manifests/${reference}`,
      scope: { repository, actions: 'pull' },
      headers: { accept: manifestMediaTypes.join(', ') },
      signal,
    });
  }

  /** Lists come in pages; each names the next one in a Link header (RFC 8288). */
  async *#pages(
    path: string,
    scope: Scope,
    target: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Record<string, unknown>> {
    const registry = this.#exchange.registry.host;
    let url: URL | undefined = new URL(path, this.#exchange.registry);
    for (let page = 0; url; page++) {
      const response: RegistryResponse = await this.#exchange.send({ method: 'GET', url, scope, signal });
      if (response.status === 404)
        throw registryErrors.REGISTRY_NOT_FOUND({ registry, target, detail: errorDetail(await response.body.text()) });
      if (response.status !== 200) throw await this.#refused(response, `GET of ${path}`);
      const bytes = await readLimited(response.body as AsyncIterable<Buffer>, target);
      yield parseObject(bytes, target);
      const link = /<([^>]+)>\s*;\s*rel="?next"?/i.exec([response.headers.link].flat()[0] ?? '')?.[1];
      const next: URL | undefined = link === undefined ? undefined : new URL(link, url);
      const loops = page > 10_000 || next?.href === url.href || (next && next.origin !== url.origin);
      if (loops)
        throw registryErrors.REGISTRY_PROTOCOL({ registry, request: path, reason: `its next page is ${link}` });
      url = next;
    }
  }

  async #refused(response: RegistryResponse, request: string): Promise<Error> {
    const { status } = response;
    const registry = this.#exchange.registry.host;
    const detail = response.body.bodyUsed || response.body.destroyed ? '' : errorDetail(await response.body.text());
    if (status === 403)
      return registryErrors.REGISTRY_UNAUTHORIZED({ registry, target: request, loggedIn: true, detail });
    return registryErrors.REGISTRY_REFUSED({ registry, request, status, detail });
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

function contentType({ headers }: RegistryResponse): string {
  return ([headers['content-type']].flat()[0] ?? '').split(';')[0]?.trim() ?? '';
}

async function readLimited(body: AsyncIterable<Buffer>, target: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > manifestLimit) throw imageErrors.BLOB_TOO_LARGE({ digest: target, size, limit: manifestLimit });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
