import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseReference } from './reference.js';

const hex = 'a'.repeat(64);

test.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['nginx:1.27', 'docker.io/library/nginx:1.27'],
  ['bitnami/redis', 'docker.io/bitnami/redis:latest'],
  ['localhost/x', 'localhost/x:latest'],
  ['host:5000/a/b:c', 'host:5000/a/b:c'],
  [`registry.k8s.io/pause:3.10@sha256:${hex}`, `registry.k8s.io/pause:3.10@sha256:${hex}`],
  [`x@sha256:${hex}`, `docker.io/library/x@sha256:${hex}`],
])('%s is %s', (text, full) => {
  expect(String(parseReference(text))).toBe(full);
});

test.each(['', 'Nginx', 'a//b', 'a:', 'a:-x', 'a@sha256:1', '/a', 'a/', '-a', 'ex ample'])('%j is refused', (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'IMAGE_REFERENCE_INVALID' }));
});

test('the full form reads back as itself', () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const domain = fc.option(fc.stringMatching(/^[a-z]{1,5}\.[a-z]{2,3}(:[0-9]{2,4})?$/), { nil: undefined });
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,6}$/), { nil: undefined });
  fc.assert(
    fc.property(domain, fc.array(component, { minLength: 1, maxLength: 3 }), tag, (host, path, label) => {
      const text = `${host ? `${host}/` : ''}${path.join('/')}${label ? `:${label}` : ''}`;
      const full = String(parseReference(text));
      expect(String(parseReference(full))).toBe(full);
    }),
  );
});

test('any text is either a reference that reads back as itself, or a coded error', () => {
  const pieces = fc.constantFrom(
    'a',
    'B',
    '0',
    '.',
    '-',
    '_',
    '/',
    ':',
    '@',
    '[',
    ']',
    'sha256:',
    'localhost',
    hex,
    ' ',
    'ü',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      try {
        const reference = parseReference(parts.join(''));
        const again = parseReference(reference.toString());
        expect({ ...again, toString: 0 }).toEqual({ ...reference, toString: 0 });
        expect(reference.name).toBe(`${reference.domain}/${reference.path}`);
      } catch (cause) {
        expect(cause).toMatchObject({ code: 'IMAGE_REFERENCE_INVALID' });
      }
    }),
    { numRuns: 2000 },
  );
});
