import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { isPlainYaml } from './plain-yaml.js';

test.each([
  ['apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: acme/a:1\n  - name: b # why\n', true],
  ['a:\n- b\n- c: d\n  e:\n    - - f\n      - "g"\nh: {i: 1, j: "x"}\nk: [a, b]\n', true],
  ['data:\n  run.sh: |\n    #!/bin/sh\n      a: b: c\n\n    x\n  y: 1\n', true],
  ['# only\n', false],
  ['a: b: c\n', false],
  ['a: 1\na: 2\n', false],
  ['a:\n  b: 1\n c: 2\n', false],
  ['a: 1\n  b: 2\n', false],
  ['a: @b\n', false],
  ['a:\n\t- b\n', false],
  ['a: |\n   x\n  y\nb: 1\n', false],
])('%j: %s', (text, expected) => {
  expect(isPlainYaml(text)).toBe(expected);
});

test('what it says yes to, the parser reads without an error', () => {
  const line = fc
    .tuple(
      fc.constantFrom('', ' ', '  ', '    ', '   '),
      fc.constantFrom('', '- ', '- - ', '-  ', '-', '-a'),
      fc.constantFrom('a', 'b', 'c.d/e', '"f"', '-g', '', 'h i', '0', '#k'),
      fc.constantFrom(': ', ':', '', ' : ', ': |', ': >-', ': |2'),
      fc.constantFrom(
        'x',
        '"y z"',
        "'q'",
        '{a: b}',
        '[a, b]',
        '- x',
        '',
        '# c',
        'x #c',
        'a:b',
        'a: b',
        '-',
        '--x',
        '&a',
        '$(A)',
        '=',
        '~',
        'x:',
        '{a}',
        '"a" b',
        '(a) , [b',
      ),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
      const text = `${lines.join('\n')}\n`;
      if (!isPlainYaml(text)) return;
      const { errors } = parseDocument(text, { logLevel: 'silent' });
      expect([text, errors.map(({ message }) => message)]).toEqual([text, []]);
    }),
    { numRuns: 3000 },
  );
});
