/** What is asked of a registry, and what it answers. */
import type { Readable } from 'node:stream';
import type { Digest } from '../image/descriptor.js';
import type { Scope } from './authorizer.js';
import type { HttpAnswer } from './http-request.js';

export interface RegistryRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the registry's address, or an address a Location header gave. */
  url: string | URL;
  scope: Scope;
  headers?: Record<string, string>;
  body?: Buffer | string | (() => Readable);
  /** Of what the body is a part of, for messages. */
  digest?: Digest;
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
