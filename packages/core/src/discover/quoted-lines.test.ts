import { expect, test } from 'vitest';
import { documentProblems } from './document-problems.js';
import { searchText } from './search-text.js';

test.each([
  ['a:\n  b: "one\n  two"\n  c: 3\n', []],
  ["a:\n  b: 'it''s\n  two'\n  c: 3\n", []],
  ['a:\n- b: "one\n\n  \\"two\n  three" # why\n  c: "x"\n', []],
  ['a: "never\nb: 1\n', [3]],
  ['a: "one\nb" c\n', [2]],
])('%j', (text, lines) => {
  const { wrong } = documentProblems(text);
  expect(wrong.map(({ line }) => line)).toEqual(lines.map(() => expect.any(Number)));
});

test('a comment that touches a value, as Go reads it', () => {
  const text = 'spec:\n  containers:\n  - args: ["--reloader-image=acme/b:1"]\n    image: "acme/a:1"# why\n';
  expect(searchText(text, { label: String }).images.map(({ image }) => image)).toEqual(['acme/a:1', 'acme/b:1']);
});

test('images of such a document are found, with their lines', () => {
  const text = 'spec:\n  a: "one\n  two"\n  containers:\n  - image: acme/a:1\n';
  expect(searchText(text, { label: String }).images).toEqual([{ image: 'acme/a:1', origin: '5' }]);
});
