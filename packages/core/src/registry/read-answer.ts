/** Short bodies, read with a limit: a registry that never ends must not fill the memory. */
import { imageErrors } from '../image/image-errors.js';
import type { HttpAnswer } from './http-request.js';
import { enough, errorLimit } from './response-body.js';

/** The most a manifest may have (distribution specification), and what is taken of lists. */
export const documentLimit = 4 * 1024 * 1024;
/** @throws BLOB_TOO_LARGE, with `target` as its name, beyond 4 MiB */
export async function readDocument(
  { body, headers }: Pick<HttpAnswer, 'body' | 'headers'>,
  target: string,
): Promise<Buffer> {
  const tooLarge = (size: number) => imageErrors.BLOB_TOO_LARGE({ digest: target, size, limit: documentLimit });
  const announced = Number([headers['content-length']].flat()[0] ?? 0);
  if (announced > documentLimit) {
    body.discard();
    throw tooLarge(announced);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  await body.into((piece) => {
    size += piece.length;
    if (size > documentLimit) throw tooLarge(size);
    pieces.push(piece);
    return undefined;
  });
  return Buffer.concat(pieces);
}

/** The beginning of an error's text; the rest is not waited for, and a break in it does not matter. */
export async function readErrorText({ body }: Pick<HttpAnswer, 'body'>): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  await body
    .into((piece) => {
      pieces.push(piece);
      size += piece.length;
      if (size >= errorLimit) throw enough;
      return undefined;
    })
    // What has come has to do.
    .catch(() => undefined);
  return Buffer.concat(pieces).subarray(0, errorLimit).toString('utf8');
}
