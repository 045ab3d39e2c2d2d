import type { Readable } from 'node:stream';
import type { Digest } from '../image/descriptor.js';

export interface UploadRequest {
  repository: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  /** The bytes, from `start` on; a function is called anew when the upload has to be repeated, a stream cannot be. */
  content: Readable | ((start?: number) => Readable);
  signal?: AbortSignal | undefined;
  /** Bytes as they are sent; negative when an upload broke and begins again. */
  onBytes?: ((bytes: number) => void) | undefined;
}
