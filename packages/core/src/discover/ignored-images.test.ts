import { expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { parseIgnoredImages } from './ignored-images.js';

const ignores = (pattern: string, image: string) => parseIgnoredImages(pattern, 'f').some((one) => one.matches(image));

test.each([
  ['nginx', 'nginx:1.27', true],
  ['nginx', 'docker.io/library/nginx@sha256:'.concat('a'.repeat(64)), true],
  ['nginx', 'quay.io/acme/nginx:1', false],
  ['nginx:1.27', 'docker.io/library/nginx:1.27', true],
  ['nginx:1.27', 'nginx:1.28', false],
  ['nginx:1.27', 'nginx:1.27.1', false],
  ['docker.io/library/nginx:latest', 'nginx', true],
  ['registry.example:5000/', 'registry.example:5000/team/a:1', true],
  ['registry.example/team/', 'registry.example/team/a/b:1', true],
  ['registry.example/team/', 'registry.example/teams/a:1', false],
  ['registry.example/*/web', 'registry.example/a/web:1', true],
  ['*-debug', 'acme/a:1-debug', true],
  ['*/pause', 'registry.k8s.io/pause:3.10', true],
  ['quay.io/a.b/*', 'quay.io/axb/c:1', false],
  ['  nginx  # a comment', 'nginx', true],
])('%j of %j: %j', (pattern, image, expected) => {
  expect(ignores(pattern, image)).toBe(expected);
});

test('all wrong lines, with line and column', () => {
  const failure = (() => {
    try {
      parseIgnoredImages('nginx\n# fine\na b\n  acme/w[eb]:1\n', 'ignored.txt');
    } catch (cause) {
      return cause as SealerError;
    }
    return undefined;
  })();
  expect(failure?.errors.map(({ code, position }) => [code, position?.file, position?.line, position?.column])).toEqual(
    [
      ['IGNORED_IMAGE_INVALID', 'ignored.txt', 3, 3],
      ['IGNORED_IMAGE_INVALID', 'ignored.txt', 4, 9],
    ],
  );
});

test('what was of use is known', () => {
  const [one, two] = parseIgnoredImages('nginx\nredis\n', 'f');
  one?.matches('nginx:1');
  two?.matches('nginx:1');
  expect([one?.used, two?.used]).toEqual([true, false]);
});
