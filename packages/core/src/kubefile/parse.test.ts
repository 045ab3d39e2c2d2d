import { expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { parseKubefile } from './parse.js';

const plain = (text: string) =>
  parseKubefile(text, 'Kubefile').map(({ position: _position, text: _text, ...rest }) => rest);

test.each([
  ['FROM kubernetes:v1.34.4', { keyword: 'FROM', image: 'kubernetes:v1.34.4' }],
  ['FROM --platform=linux/arm64 a', { keyword: 'FROM', image: 'a', platform: 'linux/arm64' }],
  ['from a', { keyword: 'FROM', image: 'a' }],
])('%j', (line, expected) => {
  expect(plain(line)).toEqual([expected]);
});

test.each([
  ['ARG A', { keyword: 'ARG', name: 'A' }],
  ['ARG A=b', { keyword: 'ARG', name: 'A', value: 'b' }],
  [
    'ENV A=1 B="two words"',
    {
      keyword: 'ENV',
      pairs: [
        ['A', '1'],
        ['B', 'two words'],
      ],
    },
  ],
  ['LABEL a.b/c=d', { keyword: 'LABEL', pairs: [['a.b/c', 'd']] }],
  ['COPY a b dir/', { keyword: 'COPY', sources: ['a', 'b'], destination: 'dir/' }],
  ['COPY ["a b", "c"]', { keyword: 'COPY', sources: ['a b'], destination: 'c' }],
  [
    'COPY --chmod=755 --chown=1:2 a b',
    { keyword: 'COPY', sources: ['a'], destination: 'b', chmod: '755', chown: '1:2' },
  ],
  [
    'APP web local://a.yaml local://b.yaml',
    { keyword: 'APP', name: 'web', sources: ['local://a.yaml', 'local://b.yaml'] },
  ],
  [
    'APPVALUES web local://a.yaml local://b.yaml',
    { keyword: 'APPVALUES', app: 'web', sources: ['local://a.yaml', 'local://b.yaml'] },
  ],
  ['APPENV web A=1', { keyword: 'APPENV', app: 'web', pairs: [['A', '1']] }],
  ['APPCMDS web ["one", "two"]', { keyword: 'APPCMDS', app: 'web', commands: ['one', 'two'] }],
  ['KUBEVERSION >=1.30', { keyword: 'KUBEVERSION', range: '>=1.30' }],
  ['LAUNCH ["web"]', { keyword: 'LAUNCH', apps: ['web'] }],
  ['CMDS ["a b", "c"]', { keyword: 'CMDS', commands: ['a b', 'c'] }],
])('%j', (line, expected) => {
  expect(plain(`FROM a\n${line}`)[1]).toEqual(expected);
});

test('lines go on, comments are passed over, places are those of the file', () => {
  const [, copy] = parseKubefile('FROM a\n\n# a comment\nCOPY one \\\n  # between\n  two \\\n  dir/\n', 'Kubefile');
  expect(copy).toMatchObject({
    keyword: 'COPY',
    sources: ['one', 'two'],
    position: { file: 'Kubefile', line: 4, column: 1 },
  });
});

test('lines can go on by a backtick', () => {
  expect(plain('# escape=`\nFROM a\nCOPY x `\n  y\n')[1]).toMatchObject({ sources: ['x'], destination: 'y' });
});

function errorsOf(text: string): SealerError[] {
  try {
    parseKubefile(text, 'Kubefile');
  } catch (cause) {
    return [...(cause as SealerError).errors];
  }
  return [];
}

test.each([
  ['FORM a', 1, 1, /no instruction FORM; did you mean FROM\?/],
  ['FROM a\nCPOY a b', 2, 1, /did you mean COPY\?/],
  ['FROM a\nCOPY a', 2, undefined, /expected/],
  ['FROM a\nCOPY --chmdo=755 a b', 2, undefined, /--chmdo/],
  ['FROM a\nCOPY --chmod=999 a b', 2, undefined, /999/],
  ['FROM a\nFROM b', 2, 1, /second FROM/],
  ['COPY a b', 1, 1, /before FROM|no instruction FROM/],
  ['FROM a\nLAUNCH ["x"]\nCMDS ["y"]', 3, 1, /LAUNCH was given before/],
  ['FROM a\nKUBEVERSION nonsense-', 2, undefined, /nonsense-/],
])('%j is refused at its place', (text, line, column, message) => {
  const [first] = errorsOf(text);
  expect(first?.message).toMatch(message);
  expect(first?.position).toMatchObject({ file: 'Kubefile', line, ...(column === undefined ? {} : { column }) });
});

test('all mistakes are reported at once', () => {
  expect(errorsOf('FROM a\nCPOY a b\nENV\nLABLE x=y\n').map(({ position }) => position?.line)).toEqual([2, 3, 4]);
});
