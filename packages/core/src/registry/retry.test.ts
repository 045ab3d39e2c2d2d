import { expect, test } from 'vitest';
import { isTransientError, retryAfter } from './retry.js';

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryAfter('7', now)).toBe(7000);
  expect(retryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5000);
  expect(retryAfter('86400', now)).toBe(86_400_000);
  expect(retryAfter('soon', now)).toBeUndefined();
  expect(retryAfter(undefined, now)).toBeUndefined();
});

test('a broken connection passes by itself, a bad certificate does not', () => {
  expect(isTransientError(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBe(true);
  expect(isTransientError(new Error('x', { cause: Object.assign(new Error('y'), { code: 'SILENT' }) }))).toBe(true);
  expect(isTransientError(Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }))).toBe(false);
});
