/**
 * The three parts of a patch (docs/image-format.md, "Deltas"), each one brotli stream: commands, differences, new bytes.
 * A command is a varint of kind and length, and for `copy` and `diff` the signed way from where the last one ended in
 * the old space. Zeros of long equal stretches are not written at all: they are copies.
 */
import { type BrotliOptions, constants } from 'node:zlib';

export const kinds = { fresh: 0, copy: 1, diff: 2 } as const;

export interface Command {
  kind: 0 | 1 | 2;
  length: number;
  /** In the old space; without meaning for `fresh`. */
  from: number;
}

/** Of unsigned numbers up to 2^53, seven bits a byte, low ones first. */
export function writeVarint(target: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    target.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  target.push(rest);
}

/** Signed numbers as unsigned ones: 0, -1, 1, -2, ... */
export const zigzag = (value: number) => (value < 0 ? -value * 2 - 1 : value * 2);
export const unzigzag = (value: number) => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

export const brotliOptions: BrotliOptions = {
  chunkSize: 256 * 1024,
  params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 },
};
