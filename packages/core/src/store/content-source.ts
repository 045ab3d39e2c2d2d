/** Where the blobs of a container image come from: a layout, an archive, a registry. */
import type { Readable } from 'node:stream';
import type { Descriptor } from '../image/descriptor.js';
import type { Reference } from '../image/reference.js';
import type { ByteSink } from './byte-sink.js';

export interface ContentSource {
  /** For messages: `oci:images/nginx`, `registry.example:5000`. */
  readonly name: string;
  /** The manifest or index itself. */
  readonly root: Descriptor;
  /** A manifest or index by descriptor; not yet verified. */
  manifest(descriptor: Descriptor, signal?: AbortSignal): Promise<Buffer>;
  /** A blob's bytes; not yet verified. */
  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable>;
  /** The same from a byte on, of sources that are worth going on with where they were cut. */
  blobFrom?(descriptor: Descriptor, start: number, sink: ByteSink, signal?: AbortSignal): Promise<void>;
}

/** Finds an image in its registry. packages/core/src/registry has the implementation that talks HTTP. */
export type OpenRemote = (reference: Reference, signal?: AbortSignal) => Promise<ContentSource>;
