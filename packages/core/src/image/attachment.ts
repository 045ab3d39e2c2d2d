/** A manifest of its own that belongs to an image: a signature, a bill of materials, a provenance. */
import type { Descriptor, Digest } from './descriptor.js';

export interface Attachment {
  /** The manifest or index it belongs to. */
  subject: Digest;
  descriptor: Descriptor;
  /** `sha256-<hex>.sig`: where registries keep one that has no `subject`. */
  tag?: string;
}
