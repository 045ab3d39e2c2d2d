/** `30m`, `12h`, `7d`: milliseconds. */
import { Errors } from '@oclif/core';

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export function parseDuration(text: string): number {
  const match = /^(\d+)([smhdw])$/.exec(text.trim());
  if (match) return Number(match[1]) * (units[match[2] as string] as number);
  throw new Errors.CLIError(`${JSON.stringify(text)} is no duration: expected a number with s, m, h, d or w`);
}
