import { expect, test } from 'vitest';
import { releaseName } from './release-name.js';

test.each([
  ['web', 'web'],
  ['web-1.2', 'web-1.2'],
  ['businessApp', 'businessapp'],
  ['my_app', 'my-app'],
  ['a-.b', 'a.b'],
  ['a'.repeat(60), 'a'.repeat(53)],
  ['A_', 'a'],
])('%s is released as %s', (app, expected) => {
  expect(releaseName(app)).toBe(expected);
});
