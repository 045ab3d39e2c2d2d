/**
 * A blob by PATCH, which can go on where it was cut: all that is left in one request, or in pieces where that is too large
 * (distribution specification, "Pushing a blob in chunks"). What the registry says it holds is where the next one begins.
 */
import { Readable } from 'node:stream';
import type { Exchange } from './exchange.js';
import { refused } from './refused.js';
import type { RegistryResponse } from './registry-request.js';
import { attempts, backOff, failureWeight, isTransientError, isTransientStatus } from './retry.js';
import { isStored } from './stored-blob.js';
import type { UploadRequest } from './upload-request.js';

type PiecesRequest = UploadRequest & { content: (start?: number) => Readable };

const MiB = 1024 * 1024;
/** Sizes of pieces that are tried, one after the other, where a request was too large. */
const pieceSizes = [64 * MiB, 16 * MiB, 4 * MiB, MiB, MiB / 4];
/** After so many cuts in a row without a byte more, smaller requests are tried: somebody may end those that take long. */
const cutsBeforeSmaller = 2;
/** Below this a cut has other reasons. */
const smallestForCuts = 4 * MiB;
/** Questions for a blob whose commit was begun, before its bytes are sent again: the registry may still be checking them. */
const patience = 3;

/** False when the registry takes no pieces: it does not know PATCH, or refuses any. */
export async function uploadInPieces(exchange: Exchange, request: PiecesRequest): Promise<boolean> {
  return await new PiecewiseUpload(exchange, request).run();
}

/** What to do after an answer: send more, ask where the upload stands, or leave it to a single PUT. */
type Next = 'more' | 'ask' | 'unknown';

class PiecewiseUpload {
  readonly #exchange: Exchange;
  readonly #request: PiecesRequest;
  readonly #scope;
  #url: URL | undefined;
  /** The least a piece may have, as the registry says. */
  #least = 0;
  /** What the registry has said it holds, and what has been reported. */
  #held = 0;
  #reported = 0;
  #failures = 0;
  #committing = false;
  #rangeRefused = false;
  /** What is refused whatever its size says nothing about sizes. */
  readonly #largestBefore: number | undefined;

  constructor(exchange: Exchange, request: PiecesRequest) {
    this.#exchange = exchange;
    this.#request = request;
    this.#largestBefore = exchange.largestBody;
    this.#scope = { repository: request.repository, actions: 'pull,push' } as const;
  }

  async run(): Promise<boolean> {
    const { signal, size } = this.#request;
    let ask = false;
    for (;;) {
      const before = this.#held;
      try {
        if (this.#committing && (await isStored(this.#exchange, this.#request))) break;
        if (!this.#url) await this.#open();
        else if (ask) await this.#askWhere();
        ask = false;
        this.#report(this.#held);
        let next: Next = 'more';
        while (this.#held < size && next === 'more') next = await this.#sendPiece();
        if (next === 'unknown') {
          this.#report(0);
          this.#exchange.largestBody = this.#largestBefore;
          return false;
        }
        if (next === 'ask') {
          ask = true;
          continue;
        }
        this.#committing = true;
        if (await this.#commit()) break;
      } catch (cause) {
        signal?.throwIfAborted();
        // Failures in a row: an upload that is cut every gigabyte still gets there.
        this.#failures = (this.#held > before ? 0 : this.#failures) + failureWeight(cause);
        if (!isTransientError(cause) || this.#failures >= attempts) {
          this.#exchange.largestBody = this.#largestBefore;
          throw (cause as { refusal?: Error }).refusal ?? this.#exchange.explain(cause);
        }
        if (isLost(cause)) this.#url = undefined;
        else if (this.#failures >= cutsBeforeSmaller && !this.#committing) this.#makeSmaller(smallestForCuts);
        ask = true;
      }
      await backOff(this.#failures, signal);
    }
    this.#report(size);
    return true;
  }

  #report(position: number): void {
    if (position !== this.#reported) this.#request.onBytes?.(position - this.#reported);
    this.#reported = position;
  }

  async #open(): Promise<void> {
    const { repository, signal, digest } = this.#request;
    const url = `/v2/${repository}/blobs/uploads/`;
    const opened = await this.#exchange.send({ method: 'POST', url, scope: this.#scope, signal });
    if (opened.status !== 202) throw await refused(this.#exchange, opened, `the upload of ${digest}`);
    await opened.body.dump();
    this.#url = this.#exchange.location(opened);
    this.#least = Number([opened.headers['oci-chunk-min-length']].flat()[0] ?? 0) || 0;
    this.#held = 0;
    this.#committing = false;
  }

  /** Where the registry is; an upload it has forgotten is begun anew. */
  async #askWhere(): Promise<void> {
    const url = this.#url as URL;
    const asked = await this.#exchange.send({ method: 'GET', url, scope: this.#scope, signal: this.#request.signal });
    await asked.body.dump();
    if (asked.status === 204) {
      this.#moveTo(asked);
      this.#held = Math.min(rangeEnd(asked) ?? 0, this.#request.size);
    } else throw this.#committing && this.#failures < patience ? passing('the upload is being completed') : lost();
  }

  /** The way on may be somewhere else each time; where nothing is said it is where it was. */
  #moveTo(response: RegistryResponse): void {
    if (response.headers.location !== undefined) this.#url = this.#exchange.location(response);
  }

  async #sendPiece(): Promise<Next> {
    const { size, signal, digest, content } = this.#request;
    const start = this.#held;
    const most = Math.max(this.#exchange.largestBody ?? size, this.#least);
    const end = Math.min(size, start + most);
    const pieces = start > 0 || end < size;
    const sent = await this.#exchange.send({
      method: 'PATCH',
      url: this.#url as URL,
      scope: this.#scope,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(end - start),
        ...(pieces ? { 'content-range': `${start}-${end - 1}` } : {}),
      },
      body: () => (end < size ? beginning(content(start), end - start) : content(start)),
      digest,
      onBytes: (bytes) => this.#report(this.#reported + bytes),
      signal,
      attempts: 1,
    });
    if (sent.status >= 200 && sent.status < 300) {
      await sent.body.dump();
      this.#moveTo(sent);
      this.#held = rangeEnd(sent) ?? end;
      this.#rangeRefused = false;
      if (this.#held > end) throw lost();
      if (this.#held <= start) throw passing('the registry takes nothing of what it is sent');
      this.#report(this.#held);
      return 'more';
    }
    const { status } = sent;
    if (status === 413 || status === 416) {
      const refusal = await refused(this.#exchange, sent, `the upload of ${digest}`);
      return this.#afterRefusal(status, end - start, refusal);
    }
    if (start === 0 && (status === 405 || status === 501)) {
      await sent.body.dump();
      return 'unknown';
    }
    const refusal = await refused(this.#exchange, sent, `the upload of ${digest}`);
    if (status === 404) throw lost();
    throw isTransientStatus(status) ? passing(`status ${status}`, refusal) : refusal;
  }

  /** 413: too much at once. 416: not where it is; and from some registries, too much at once as well. */
  #afterRefusal(status: number, size: number, refusal: Error): Next {
    const first = status === 416 && !this.#rangeRefused;
    this.#rangeRefused = status === 416;
    if (first && this.#held > 0) return 'ask';
    if (this.#makeSmaller(0, size)) return 'ask';
    if (status === 416) return 'unknown';
    throw refusal;
  }

  /** @returns false when there is nothing smaller that may be tried */
  #makeSmaller(smallest: number, refused = this.#exchange.largestBody ?? this.#request.size): boolean {
    const smaller = pieceSizes.find((size) => size < refused && size >= smallest && size >= this.#least);
    if (smaller === undefined) return false;
    this.#exchange.largestBody = smaller;
    return true;
  }

  async #commit(): Promise<boolean> {
    const { signal, digest } = this.#request;
    const url = new URL(this.#url as URL);
    url.searchParams.set('digest', digest);
    const headers = { 'content-length': '0' };
    const ended = await this.#exchange.send({ method: 'PUT', url, scope: this.#scope, headers, signal, attempts: 1 });
    if (ended.status === 201) {
      await ended.body.dump();
      return true;
    }
    const refusal = await refused(this.#exchange, ended, `the upload of ${digest}`);
    if (await isStored(this.#exchange, this.#request)) return true;
    if (ended.status === 404 || isTransientStatus(ended.status)) throw passing(`status ${ended.status}`, refusal);
    throw refusal;
  }
}

/** The first bytes of a stream. */
function beginning(stream: Readable, count: number): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    let left = count;
    for await (const piece of stream as AsyncIterable<Buffer>) {
      yield piece.subarray(0, left);
      left -= piece.length;
      if (left <= 0) return;
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}

/** Something that may go better the next time. @param refusal what the registry said */
function passing(message: string, refusal?: Error): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET', refusal });
}

/** The registry has forgotten the upload, e.g. because it was started again: it is repeated from the start. */
function lost(): Error {
  return Object.assign(passing('the registry has forgotten the upload'), { lost: true });
}

function isLost(cause: unknown): boolean {
  return (cause as { lost?: boolean }).lost === true;
}

/** Bytes that have arrived, by a header `Range: 0-<last>`. */
function rangeEnd(response: RegistryResponse): number | undefined {
  const match = /^(?:bytes=)?0-(\d+)$/.exec([response.headers.range].flat()[0] ?? '');
  // An upload without bytes is 0-0, as one with a single byte is: nothing is lost by sending that byte again.
  return match ? (match[1] === '0' ? 0 : Number(match[1]) + 1) : undefined;
}
