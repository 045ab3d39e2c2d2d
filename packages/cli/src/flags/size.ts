/** `4G`, `700M`, `512k`: bytes, by powers of 1024 as split(1) and docker count them. */
import { Errors } from '@oclif/core';

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)i?b?$/i.exec(text.trim());
  const bytes = match ? Math.floor(Number(match[1]) * (units[(match[2] ?? '').toLowerCase()] ?? 1)) : 0;
  if (bytes > 0) return bytes;
  throw new Errors.CLIError(`${JSON.stringify(text)} is no size: expected a number with k, M, G or T`);
}
