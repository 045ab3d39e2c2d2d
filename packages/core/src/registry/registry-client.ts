/**
 * A client for one registry (OCI distribution specification 1.1): what pull, push and filling an in-cluster registry
 * need. Streams bodies, verifies digests, tries again what may pass by itself.
 */
import type { Readable } from 'node:stream';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import type { ByteSink } from '../store/byte-sink.js';
import { downloadBlob } from './blob-download.js';
import { uploadBlob } from './blob-upload.js';
import { Exchange } from './exchange.js';
import type { ConnectionOptions } from './http-agents.js';
import {
  contentType,
  type FoundManifest,
  getManifest,
  headManifest,
  type PutManifest,
  putManifest,
} from './manifest-requests.js';
import { pagesOf } from './paged-list.js';
import { getReferrers } from './referrers-request.js';
import { refused } from './refused.js';
import { registryErrors } from './registry-errors.js';
import type { UploadRequest } from './upload-request.js';
import type { Credentials } from './user-credentials.js';
import { verifiedStream } from './verified-stream.js';

export interface RegistryClientOptions extends ConnectionOptions {
  /** `https://registry.example:5000`; http is for loopback and tunnels. */
  baseUrl: string;
  credentials?: Credentials | (() => Promise<Credentials | undefined>) | undefined;
  /** Learns of waits that a registry asks for. */
  emit?: Emit | undefined;
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
  /** The bytes from `start` on, passed to `sink`; a cut is resumed, and the digest is for the caller to verify. */
  getBlobFrom(
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    start: number,
    sink: ByteSink,
    call?: Call,
  ): Promise<void>;
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
  getManifest(repository: string, reference: string, call?: Call): Promise<FoundManifest>;
  /** @throws REGISTRY_REFUSED, e.g. when a blob it refers to is missing */
  putManifest(repository: string, reference: string, mediaType: string, bytes: Buffer, call?: Call): Promise<Digest>;
  /** All tags of a repository, in the registry's order. @throws REGISTRY_NOT_FOUND */
  listTags(repository: string, call?: Call): Promise<string[]>;
  /** All repositories the registry is willing to name. */
  listRepositories(call?: Call): Promise<string[]>;
  /** Repositories by a term, as Docker's hub answers it (GET /v1/search, which is in no specification). @throws REGISTRY_NOT_FOUND where there is no such search */
  searchNames(term: string, call?: Call): Promise<string[]>;
  /** What the registry itself lists as referring to a manifest; undefined when it has no such list (use referrers.ts). */
  getReferrers(
    repository: string,
    digest: Digest,
    call?: Call & { artifactType?: string | undefined },
  ): Promise<Descriptor[] | undefined>;
  /** As putManifest, and says whether the registry lists it under its subject from now on. */
  putReferrer(repository: string, digest: Digest, mediaType: string, bytes: Buffer, call?: Call): Promise<PutManifest>;
  close(): Promise<void>;
}

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { baseUrl, credentials, emit, ...connection } = options;
  const find = typeof credentials === 'function' ? once(credentials) : async () => credentials;
  return new HttpRegistryClient(new Exchange(new URL(baseUrl), find, connection, emit));
}

class HttpRegistryClient implements RegistryClient {
  readonly #exchange: Exchange;
  /** Repositories from which, and to which, the registry does not mount: `from to`. */
  readonly #unmountable = new Set<string>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get baseUrl(): string {
    return this.#exchange.registry.origin;
  }

  async ping({ signal }: Call = {}): Promise<void> {
    const scope = { repository: '', actions: 'pull' } as const;
    const response = await this.#exchange.send({ method: 'GET', url: '/v2/', scope, signal });
    if (response.status !== 200) throw await refused(this.#exchange, response, 'GET /v2/');
    await response.body.dump();
    if (contentType(response) !== 'text/html') return;
    // Networks that want a login of their own answer everything with a page.
    const registry = this.#exchange.registry.host;
    throw registryErrors.REGISTRY_PROTOCOL({ registry, request: 'GET /v2/', reason: 'it is an HTML page' });
  }

  async headBlob(repository: string, digest: Digest, { signal }: Call = {}): Promise<number | undefined> {
    const scope = { repository, actions: 'pull' } as const;
    const url = `/v2/${repository}/blobs/${digest}`;
    const response = await this.#exchange.send({ method: 'HEAD', url, scope, signal });
    await response.body.dump();
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw await refused(this.#exchange, response, `HEAD of blob ${digest}`);
    return Number(response.headers['content-length'] ?? 0);
  }

  getBlob(repository: string, blob: Pick<Descriptor, 'digest' | 'size'>, { signal }: Call = {}): Readable {
    return verifiedStream(blob.digest, this.#exchange.registry.host, signal, (sink, call) =>
      downloadBlob(this.#exchange, repository, blob, 0, sink, call),
    );
  }

  async getBlobFrom(
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    start: number,
    sink: ByteSink,
    { signal }: Call = {},
  ): Promise<void> {
    await downloadBlob(this.#exchange, repository, blob, start, sink, signal);
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
    const pair = `${from} ${repository}`;
    if (this.#unmountable.has(pair)) return false;
    const query = new URLSearchParams({ mount: digest, from });
    try {
      const response = await this.#exchange.send({
        method: 'POST',
        url: `/v2/${repository}/blobs/uploads/?${query}`,
        scope: { repository, actions: 'pull,push', from },
        signal,
      });
      await response.body.dump();
      // 202: an upload was opened instead, because it has no such blob there. It runs out by itself.
      if (response.status === 201) return true;
      if (response.status !== 202) this.#unmountable.add(pair);
    } catch (cause) {
      // Mounting only spares the bytes: whether the blob may be sent is for its upload to find out.
      if (!SealerError.is(cause) || !/^REGISTRY_(UNAUTHORIZED|REFUSED|PROTOCOL)$/.test(cause.code)) throw cause;
      this.#unmountable.add(pair);
    }
    return false;
  }

  async headManifest(repository: string, reference: string, { signal }: Call = {}): Promise<Descriptor | undefined> {
    return await headManifest(this.#exchange, repository, reference, signal);
  }

  async getManifest(repository: string, reference: string, { signal }: Call = {}): Promise<FoundManifest> {
    return await getManifest(this.#exchange, repository, reference, signal);
  }

  async putManifest(
    repository: string,
    reference: string,
    mediaType: string,
    bytes: Buffer,
    { signal }: Call = {},
  ): Promise<Digest> {
    return (await putManifest(this.#exchange, repository, reference, mediaType, bytes, signal)).digest;
  }

  async putReferrer(repository: string, digest: Digest, mediaType: string, bytes: Buffer, { signal }: Call = {}) {
    return await putManifest(this.#exchange, repository, digest, mediaType, bytes, signal);
  }

  async getReferrers(repository: string, digest: Digest, call: Call & { artifactType?: string | undefined } = {}) {
    return await getReferrers(this.#exchange, repository, digest, call);
  }

  async listTags(repository: string, { signal }: Call = {}): Promise<string[]> {
    const scope = { repository, actions: 'pull' } as const;
    const request = { path: `/v2/${repository}/tags/list?n=1000`, scope, target: repository, signal };
    const tags: string[] = [];
    for await (const { document } of pagesOf(this.#exchange, request)) tags.push(...strings(document.tags));
    return tags;
  }

  async listRepositories({ signal }: Call = {}): Promise<string[]> {
    const scope = { repository: '', actions: 'pull', catalog: true } as const;
    const request = { path: '/v2/_catalog?n=1000', scope, target: 'its catalog', signal };
    const names: string[] = [];
    for await (const { document } of pagesOf(this.#exchange, request)) names.push(...strings(document.repositories));
    return names;
  }

  async searchNames(term: string, { signal }: Call = {}): Promise<string[]> {
    const scope = { repository: '', actions: 'pull' } as const;
    const path = `/v1/search?${new URLSearchParams({ q: term, n: '100' })}`;
    const names: string[] = [];
    for await (const { document } of pagesOf(this.#exchange, { path, scope, target: 'a search', signal }))
      if (Array.isArray(document.results)) names.push(...strings(document.results.map((entry) => entry?.name)));
    return names;
  }

  async close(): Promise<void> {
    await this.#exchange.close();
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
