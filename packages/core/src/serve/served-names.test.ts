import { expect, test } from 'vitest';
import { digestOf } from '../image/digest.js';
import { type ServedName, ServedNames } from './served-names.js';

const [one, two] = [digestOf('one'), digestOf('two')];
const name = (domain: string, path: string, tag: string, digest = one, bundled = false): ServedName => ({
  domain,
  path,
  tag,
  digest,
  bundled,
});

test('an image is found under its path, and under domain and path', () => {
  const names = new ServedNames([name('10.0.0.5:5000', 'team/shop', '1'), name('[::1]:5000', 'six', '1')]);
  expect(names.repositories()).toEqual(['10.0.0.5_5000/team/shop', '__1_5000/six', 'six', 'team/shop']);
  expect(names.find('team/shop', '1')).toMatchObject({ digest: one });
  expect(names.find('10.0.0.5_5000/team/shop', '1')).toMatchObject({ digest: one });
  expect(names.find('team/shop', '2')).toBeUndefined();
});

test('two images of one short name: their long names, or the domain asked for, decide', () => {
  const names = new ServedNames([name('a.example', 'shop', '1', one), name('b.example', 'shop', '1', two)]);
  expect(names.find('shop', '1')).toEqual({ ambiguous: ['a.example/shop:1', 'b.example/shop:1'] });
  expect(names.find('shop', '1', 'b.example')).toMatchObject({ digest: two });
  expect(names.find('a.example/shop', '1')).toMatchObject({ digest: one });
  expect(names.tags('shop')).toEqual(['1']);
  const same = new ServedNames([name('a.example', 'shop', '1', one), name('b.example', 'shop', '1', one)]);
  expect(same.find('shop', '1')).toMatchObject({ digest: one });
});

test('an image that is in the store by itself comes before bundled ones', () => {
  const names = new ServedNames([name('a.example', 'web', '1', one, true), name('b.example', 'web', '1', two)]);
  expect(names.find('web', '1')).toMatchObject({ digest: two });
});
