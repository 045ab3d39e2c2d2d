import { expect, test } from 'vitest';
import { parseSize } from './size.js';

test.each([
  ['4G', 4 * 2 ** 30],
  ['1.5m', 1.5 * 2 ** 20],
  ['700MiB', 700 * 2 ** 20],
  ['512kb', 512 * 2 ** 10],
  ['10b', 10],
  ['5000000000', 5_000_000_000],
])('%s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['5', 'say 5M or 5G'],
  ['1048575', 'without a unit'],
  ['0', 'expected a number'],
  ['G', 'expected a number'],
  ['-4G', 'expected a number'],
  ['4 gigabytes', 'expected a number'],
])('%s is refused', (text, reason) => {
  expect(() => parseSize(text)).toThrow(reason);
});

test('a use may ask for more', () => {
  expect(() => parseSize('512k', 2 ** 20)).toThrow('at least 1M');
  expect(parseSize('1M', 2 ** 20)).toBe(2 ** 20);
});
