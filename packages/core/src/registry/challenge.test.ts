import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.js';

test.each([
  ['Basic realm="a b"', [{ scheme: 'basic', parameters: { realm: 'a b' } }]],
  [
    'Bearer realm="https://auth/token",service="reg",scope="repository:a/b:pull,push",error="insufficient_scope"',
    [
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth/token',
          service: 'reg',
          scope: 'repository:a/b:pull,push',
          error: 'insufficient_scope',
        },
      },
    ],
  ],
  [
    'Negotiate, Basic realm=x',
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ],
  ],
  ['bearer Realm="a\\"b"', [{ scheme: 'bearer', parameters: { realm: 'a"b' } }]],
])('%s', (header, expected) => {
  expect(parseChallenges(header)).toEqual(expected);
});

test('no header is no challenge', () => {
  expect(parseChallenges(undefined)).toEqual([]);
});
