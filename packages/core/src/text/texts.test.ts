import { expect, test } from 'vitest';
import { decodeText } from './decode-text.js';
import { readJson } from './read-json.js';
import { readYaml } from './read-yaml.js';

test.each<[string, number, number, RegExp]>([
  ['a: *x\n', 1, 4, /no anchor &x/],
  ['a: 1\n---\nb: [1, *y]\n', 3, 8, /no anchor &y/],
  ['a: &a {b: *a}\n', 1, 11, /stands in what it means/],
  ['a: &a {<<: *a}\n', 1, 12, /stands in what it means/],
  ['a:\n\tb: 1\n', 2, 1, /Tabs/],
  ['a: 1\nb: 2\na: 3\n', 3, 1, /unique/],
  ['a: b\u0000c\n', 1, 5, /U\+0000/],
  [`a: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, 1, 203, /more than 200 levels/],
  [`${'- '.repeat(10_000)}a\n`, 1, 401, /more than 200 levels/],
  [`${'? '.repeat(10_000)}a\n`, 1, 401, /more than 200 levels/],
  [Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''), 201, 201, /more than 200 levels/],
  [
    `l0: &l0 [a]\n${Array.from({ length: 300 }, (_, at) => `l${at + 1}: &l${at + 1} [*l${at}]\n`).join('')}`,
    0,
    0,
    /200 levels/,
  ],
  ['b: {<<: 3, y: 2}\n', 1, 5, /no mapping/],
  ['a: !thing x\n', 1, 4, /tag/],
  ['a: 12345678901234567890\n', 1, 4, /too large/],
  ['a: 1e999\n', 1, 4, /too large/],
  ['a: "x\n', 0, 0, /quote/],
  ['a: b: c\n', 1, 4, /./],
  [`a: ${'x'.repeat(3 * 2 ** 20)}\n`, 1, 1, /2 MiB/],
])('YAML %# is refused at its place', (text, line, column, reason) => {
  const { faults } = readYaml(text);
  expect(faults[0]?.reason).toMatch(reason);
  if (line) expect(faults[0]).toMatchObject({ line, column });
});

test('an alias bomb is refused', () => {
  const levels = Array.from({ length: 20 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`);
  expect(readYaml(`l0: &l0 [a]\n${levels.join('\n')}\n`).faults).toMatchObject([{ reason: /far more/ }]);
});

test.each<[string, unknown[]]>([
  ['', []],
  ['# nothing\n', []],
  ['\ufeffa: 1\r\nb:\r\n- 2\r\n', [{ a: 1, b: [2] }]],
  ['---\n---\n# c\n---\na:\t1\n---\n', [null, null, { a: 1 }, null]],
  ['x: &x {a: 1}\ny: {<<: *x, b: 2}\nz: {<<: [*x, {c: 3}]}\n', [{ x: { a: 1 }, y: { a: 1, b: 2 }, z: { a: 1, c: 3 } }]],
  [
    'a: 0x1f\nb: 0o17\nc: 2001-01-01\nd: .inf\ne: yes\n',
    [{ a: 31, b: 15, c: '2001-01-01', d: Number.POSITIVE_INFINITY, e: 'yes' }],
  ],
])('YAML %# is read', (text, values) => {
  const { documents, faults } = readYaml(text);
  expect(faults).toEqual([]);
  expect(documents.map(({ value }) => value)).toEqual(values);
});

test('a key __proto__ is a key like others', () => {
  const [document] = readYaml('__proto__: {polluted: 1}\n').documents;
  expect(Object.keys(document?.value as object)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test.each<[string, number, number]>([
  ['', 1, 1],
  ['{', 1, 2],
  ['{"a":}', 1, 6],
  ['{\n  "a": 1,\n}', 3, 1],
  ['[1,\n 2 3]', 2, 4],
  ['{"a": 01}', 1, 7],
  ['{} x', 1, 4],
  ["{'a': 1}", 1, 2],
  ['{"a" 1}', 1, 6],
  ['nul', 1, 1],
  ['{"a": "\u0000"}', 1, 7],
  [`${'['.repeat(10_000)}`, 1, 201],
])('JSON %# is refused at its place', (text, line, column) => {
  const { fault } = readJson(text);
  expect(fault).toMatchObject({ line, column });
  expect(fault?.reason).toMatch(/JSON|early|levels/);
});

test('JSON is read', () => {
  expect(readJson('{"a": [1, "[{", {}], "b": "\\""}')).toEqual({ value: { a: [1, '[{', {}], b: '"' } });
});

test.each<[Buffer, unknown]>([
  [Buffer.from('\ufeffä'), { text: 'ä' }],
  [Buffer.from('a\ufffd'), { text: 'a\ufffd' }],
  [Buffer.from([0xff, 0xfe, 0x61, 0, 0x0a, 0]), { text: 'a\n' }],
  [Buffer.from([0xfe, 0xff, 0, 0x61, 0, 0x0a]), { text: 'a\n' }],
  [Buffer.from([0x61, 0x0a, 0xc3, 0xa4, 0xff]), { fault: { line: 2, column: 2, reason: 'bytes that are no UTF-8' } }],
  [Buffer.from([0xed, 0xa0, 0x80]), { fault: { line: 1, column: 1, reason: 'bytes that are no UTF-8' } }],
])('bytes %# are text, or wrong at a place', (bytes, expected) => {
  expect(decodeText(bytes)).toEqual(expected);
});
