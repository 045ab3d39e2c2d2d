import { expect, test } from 'vitest';
import { globPattern, isGlob } from './glob.js';

// The values are those of Go's filepath.Match.
test.each<[string, string, boolean]>([
  ['*.yaml', 'a.yaml', true],
  ['*.yaml', 'd/a.yaml', false],
  ['*', '.hidden', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a?c', 'a日c', true],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[!a]x', '!x', true],
  ['a[^b]c', 'a/c', true],
  ['[z-a]x', 'bx', false],
  ['[]]', ']', false],
  ['[\\]]', ']', true],
  ['[a', '[a', false],
  ['[-a]', '-', false],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a\\', 'a\\', false],
  ['(1).{t}+$^|', '(1).{t}+$^|', true],
  ['a**b', 'axxb', true],
  ['*'.repeat(60), 'x'.repeat(200), true],
  [`${'*'.repeat(60)}y`, 'x'.repeat(200), false],
])('%s and %s: %s', (glob, path, expected) => {
  expect(globPattern(glob)?.test(path) ?? false).toBe(expected);
});

test('what is meant as a name is none', () => {
  expect(['a.b', 'a\\*b', '(1)', '*', 'a?', '[a'].map(isGlob)).toEqual([false, false, false, true, true, true]);
});
