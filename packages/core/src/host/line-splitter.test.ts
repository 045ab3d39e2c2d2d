import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.js';

function split(chunks: string[], longest?: number): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line), longest);
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test('lines come whole, however the bytes come', () => {
  expect(split(['a', 'b\nc', '\n\nd'])).toEqual(['ab', 'c', '', 'd']);
});

test('of a line that is too long only its length is told', () => {
  expect(split(['12345', '67', '89\nab\n', '123456'], 4)).toEqual([
    '(a line of 9 characters)',
    'ab',
    '(a line of 6 characters)',
  ]);
});
