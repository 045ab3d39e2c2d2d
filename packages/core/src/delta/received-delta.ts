/** The part of a delta archive that is no OCI layout: taken while the archive is read, applied when all of it is there. */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Digest } from '../image/descriptor.js';
import { assertDigest, hexOf } from '../image/digest.js';
import { imageErrors } from '../image/image-errors.js';
import { checkBlob } from '../store/check-blob.js';
import { storeTemporaryPath } from '../store/layout-store.js';
import type { ImageStore } from '../store/store.js';
import type { TarEntry } from '../tar/read-tar.js';
import {
  compressorHere,
  type DeltaDocument,
  deltaFolder,
  documentLimit,
  parseDeltaDocument,
  type RebuiltLayer,
} from './delta-document.js';
import { deltaErrors } from './delta-errors.js';
import { extractSources } from './old-space.js';
import { PatchError } from './read-patch.js';
import { rebuildLayer } from './rebuild-layer.js';

/** Layers at a time. */
const concurrency = 2;

export class ReceivedDelta {
  readonly #store: ImageStore;
  readonly #archive: string;
  readonly #folder: string;

  constructor(store: ImageStore, archive: string) {
    this.#store = store;
    this.#archive = archive;
    this.#folder = storeTemporaryPath(store, 'delta');
  }

  /** Keeps an entry of the folder of deltas, when its bytes have the digest it is called by. */
  async take(entry: TarEntry): Promise<void> {
    const expected = assertDigest(`sha256:${entry.name.slice(deltaFolder.length)}`, `the name ${entry.name}`);
    await mkdir(this.#folder, { recursive: true });
    const hash = createHash('sha256');
    const file = await open(this.#path(expected), 'w');
    try {
      for await (const piece of entry.content) {
        hash.update(piece);
        for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
      }
    } finally {
      await file.close();
    }
    const actual = `sha256:${hash.digest('hex')}`;
    if (actual !== expected) throw imageErrors.BLOB_DIGEST_MISMATCH({ expected, actual, source: this.#archive });
  }

  /**
   * Puts the layers of a document into the store. A layer whose sources are not there is left out: the image is then
   * incomplete, which is for the caller to say. @throws DELTA_INVALID, DELTA_NOT_REPRODUCED
   */
  async rebuild(
    document: Digest,
    options: { signal?: AbortSignal | undefined; emit?: Emit | undefined },
  ): Promise<void> {
    const said = await this.#document(document);
    const total = said.layers.reduce((sum, { size }) => sum + size, 0);
    let current = 0;
    const limit = pLimit(concurrency);
    const failed = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
    const results = await Promise.allSettled(
      said.layers.map((row) =>
        limit(async () => {
          signal.throwIfAborted();
          await this.#rebuildLayer(row, said.compressor, signal).catch((cause) => {
            failed.abort(cause);
            throw cause;
          });
          current += row.size;
          options.emit?.({
            type: 'progress',
            id: 'rebuild',
            title: 'Rebuild layers',
            unit: 'bytes',
            current,
            total,
            done: current === total,
          });
        }),
      ),
    );
    options.signal?.throwIfAborted();
    if (failed.signal.aborted) throw failed.signal.reason;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async dispose(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #path(digest: Digest): string {
    return join(this.#folder, hexOf(digest));
  }

  #invalid(reason: string, cause?: unknown) {
    return deltaErrors.DELTA_INVALID({ archive: this.#archive, reason }, { cause });
  }

  async #document(digest: Digest): Promise<DeltaDocument> {
    const path = this.#path(assertDigest(digest, `index.json of ${this.#archive}`));
    const found = await stat(path).catch(() => undefined);
    if (!found) throw this.#invalid(`its description ${digest} is not in it`);
    if (found.size > documentLimit)
      throw this.#invalid(`its description has ${found.size} bytes, more than ${documentLimit}`);
    return parseDeltaDocument(await readFile(path), this.#archive);
  }

  async #rebuildLayer(row: RebuiltLayer, compressor: string, signal: AbortSignal): Promise<void> {
    const { digest, size, sources, patch } = row;
    if (await this.#store.hasBlob(digest, size)) return;
    for (const { layer } of sources) if (!(await this.#store.hasBlob(layer))) return;
    const patchPath = this.#path(patch.digest);
    const found = await stat(patchPath).catch(() => undefined);
    if (found?.size !== patch.size) throw this.#invalid(`the patch of layer ${digest} is not in it`);
    const oldPath = storeTemporaryPath(this.#store, 'delta-old');
    try {
      await extractSources(this.#store, sources, oldPath, signal);
      const bytes = Readable.from(rebuildLayer(row, patchPath, oldPath), {
        objectMode: false,
        highWaterMark: 1024 * 1024,
      });
      await this.#store.putBlob({ digest, size }, bytes, { signal });
    } catch (cause) {
      signal.throwIfAborted();
      // Other bytes come out also of a base that is damaged here.
      for (const { layer } of sources) await checkBlob(this.#store, layer);
      throw this.#explain(cause, row, compressor);
    } finally {
      await rm(oldPath, { force: true });
    }
  }

  #explain(cause: unknown, { digest }: RebuiltLayer, made: string): unknown {
    const otherBytes =
      SealerError.is(cause) && (cause.code === 'BLOB_DIGEST_MISMATCH' || cause.code === 'BLOB_SIZE_MISMATCH');
    if (otherBytes && made !== compressorHere)
      return deltaErrors.DELTA_NOT_REPRODUCED({ layer: digest, made, here: compressorHere }, { cause });
    if (otherBytes) return this.#invalid(`layer ${digest} came out with another digest`, cause);
    const { code, message } = cause as NodeJS.ErrnoException;
    const damaged = cause instanceof PatchError || /^(Z_|ERR_|ERR__ERROR)/.test(code ?? '');
    return damaged ? this.#invalid(`the patch of layer ${digest} is damaged: ${message}`, cause) : cause;
  }
}
