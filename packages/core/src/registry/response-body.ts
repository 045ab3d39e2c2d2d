/** Bodies that are documents, read with a limit: a registry that never ends must not fill the memory. */
import { imageErrors } from '../image/image-errors.js';
import type { RegistryResponse } from './exchange.js';

/** The most a manifest may have (distribution specification), and what is taken of lists. */
export const documentLimit = 4 * 1024 * 1024;
/** Of an error's text nobody needs more. */
const errorLimit = 16 * 1024;

/** Ends an answer nobody wants the rest of. */
export function discard({ body }: RegistryResponse): void {
  // It says that it was ended by an error; without a listener that would end the process.
  body.on('error', () => undefined).destroy();
}

/** @throws BLOB_TOO_LARGE, with `target` as its name, beyond 4 MiB */
export async function readDocument(response: RegistryResponse, target: string): Promise<Buffer> {
  const { body, headers } = response;
  const tooLarge = (size: number) => imageErrors.BLOB_TOO_LARGE({ digest: target, size, limit: documentLimit });
  const announced = Number([headers['content-length']].flat()[0] ?? 0);
  if (announced > documentLimit) {
    discard(response);
    throw tooLarge(announced);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > documentLimit) throw tooLarge(size);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The beginning of an error's text; the rest is not waited for, and a break in it does not matter. */
export async function readErrorText({ body }: RegistryResponse): Promise<string> {
  if (body.bodyUsed || body.destroyed) return '';
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      pieces.push(piece);
      size += piece.length;
      if (size >= errorLimit) break;
    }
  } catch {
    // What has come has to do.
  }
  return Buffer.concat(pieces).subarray(0, errorLimit).toString('utf8');
}
