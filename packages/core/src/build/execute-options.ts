/** What carrying out instructions needs besides them. */

import type { Context } from '../context/context-files.js';
import type { Emit } from '../events/events.js';
import type { Platform } from '../image/descriptor.js';
import type { Isolation } from '../run/find-runtime.js';
import type { SecretSource } from '../run/run-secrets.js';
import type { ImageStore } from '../store/store.js';
import type { LayerCache } from './layer-cache.js';

/** Replaces the variables of a word, and its quotes but for here-documents and what has lost them already. */
export type Fill = (text: string, options?: { quotes: boolean }) => string;

export interface RunSettings {
  /** Folder of unpacked rootfses, sandboxes and caches. */
  stateDirectory: string;
  isolation: Isolation;
  secrets: readonly SecretSource[];
  noCache: boolean;
}

export interface ExecuteOptions {
  context: Context;
  store: ImageStore;
  cache: LayerCache | undefined;
  downloads: string;
  /** Reads the context and writes no layer. */
  lookOnly?: boolean | undefined;
  /** How RUN is carried out. */
  run: RunSettings;
  platform: Platform;
  buildArgs: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  emit?: Emit | undefined;
}
