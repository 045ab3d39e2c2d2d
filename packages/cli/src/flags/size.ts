/** `4G`, `700M`, `512k`: bytes, by powers of 1024 as split(1) and docker count them. */
import { Errors } from '@oclif/core';

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
/** What is smaller and has no unit was meant otherwise. */
const leastWithoutUnit = 2 ** 20;

/** @param least bytes; what a size of this use must have at least */
export function parseSize(text: string, least = 1): number {
  const match = /^(\d+(?:\.\d+)?)(?:([kmgt])i?b?|(b))?$/i.exec(text.trim());
  const number = match?.[1] ?? '';
  const bytes = match ? Math.floor(Number(number) * (units[(match[2] ?? '').toLowerCase()] ?? 1)) : 0;
  const said = JSON.stringify(text);
  const wrong = (reason: string) => new Errors.CLIError(`${said} is no size here: ${reason}`);
  if (bytes <= 0) throw wrong('expected a number with k, M, G or T');
  const bare = match?.[2] === undefined && match?.[3] === undefined;
  if (bare && bytes < leastWithoutUnit)
    throw wrong(`without a unit it is ${bytes} bytes; say ${number}M or ${number}G`);
  if (bytes < least) throw wrong(`it is ${bytes} bytes, and at least ${least / 2 ** 20}M are needed`);
  return bytes;
}
