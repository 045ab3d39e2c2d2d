import { expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { parseImageList } from './image-list.js';

test('names, digests, sources and comments', () => {
  const hex = 'b'.repeat(64);
  const entries = parseImageList(
    [
      '# the pause image',
      'registry.k8s.io/pause:3.10',
      '',
      `nginx@sha256:${hex}  # by digest`,
      'example.org/web:1 from oci:images/web:docker.io/library/web:1',
      '\texample.org/db:1 from docker-archive:db.tar\r',
      'example.org/x#y',
    ]
      .slice(0, 6)
      .join('\n'),
    'manifests/imageList',
  );
  expect(entries.map(({ reference, source, origin }) => [String(reference), source, origin])).toEqual([
    ['registry.k8s.io/pause:3.10', { kind: 'registry' }, 'manifests/imageList:2'],
    [`docker.io/library/nginx@sha256:${hex}`, { kind: 'registry' }, 'manifests/imageList:4'],
    [
      'example.org/web:1',
      { kind: 'oci', path: 'images/web', refName: 'docker.io/library/web:1' },
      'manifests/imageList:5',
    ],
    ['example.org/db:1', { kind: 'docker-archive', path: 'db.tar' }, 'manifests/imageList:6'],
  ]);
});

test('all wrong lines are reported at once, with line and column', () => {
  const text = [
    '  Nginx',
    'a form oci:x',
    'b from',
    'c from zip:x',
    'd from oci:',
    'e from oci:x y',
    'f',
    'f from oci:x',
  ].join('\n');
  let thrown: SealerError | undefined;
  try {
    parseImageList(text, 'manifests/imageList');
  } catch (cause) {
    thrown = cause as SealerError;
  }
  expect(thrown?.errors.map(({ position }) => [position?.line, position?.column])).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
    [4, 8],
    [5, 8],
    [6, 14],
    [8, 1],
  ]);
  expect(thrown?.errors.map((entry) => entry.code)).toEqual(Array(7).fill('IMAGE_LIST_INVALID'));
});

test('one wrong line is the error itself', () => {
  expect(() => parseImageList('a b', 'l')).toThrow(
    expect.objectContaining({ position: { file: 'l', line: 1, column: 3 } }),
  );
});

test('the same line twice counts once', () => {
  expect(parseImageList('a\na:latest', 'l').length).toBe(1);
});
