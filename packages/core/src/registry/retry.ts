/** Trying again: which failures pass by themselves, and how long to wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SourceFailure } from './unreadable-source.js';

export const attempts = 6;

/** An answer that asks to come back later (429, 500, 502, 503, 504). */
export function isTransientStatus(status: number): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504;
}

const transientCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'HPE_INVALID_EOF_STATE',
  'SILENT',
]);

/** A connection on which nothing came for so long that it was given up. */
export function silent(): Error {
  return Object.assign(new Error('it was silent for so long that the connection was given up'), { code: 'SILENT' });
}

/** A connection that broke or could not be made. */
export function isTransientError(cause: unknown): boolean {
  if (cause instanceof SourceFailure) return false;
  const { code, cause: inner } = (cause ?? {}) as { code?: unknown; cause?: unknown };
  return (typeof code === 'string' && transientCodes.has(code)) || (inner !== undefined && isTransientError(inner));
}

/** Failures that take long to be noticed count for more: nobody waits six times for a server that is silent. */
export function failureWeight(cause: unknown): number {
  const { code } = (cause ?? {}) as { code?: unknown };
  return code === 'SILENT' ? attempts / 2 : 1;
}

/** Milliseconds of a Retry-After header: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number | undefined {
  const text = [header].flat()[0];
  if (text === undefined) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

/** Waits after `failures` failures in a row: 0.25 s, doubled each time, with jitter. */
export async function backOff(failures: number, signal?: AbortSignal): Promise<void> {
  await sleep(250 * 2 ** (failures - 1) * (0.75 + Math.random() / 2), undefined, signal ? { signal } : {});
}
