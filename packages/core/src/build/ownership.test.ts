import { expect, test } from 'vitest';
import { parseMode } from '../context/chmod-mode.js';
import { ownership } from './ownership.js';

const files: Record<string, string> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n# web:x:1:1::/:\nweb:x:33:34:Web:/:/bin/sh\nbroken:x\n1x:x:7:8::/:\n',
  'etc/group': 'root:x:0:\nweb:x:35:web\r\n',
};
const read = async (path: string) => files[path];

test.each([
  ['0', '0:0'],
  ['1000', '1000:1000'],
  ['1000:50', '1000:50'],
  ['web', '33:34'],
  ['web:web', '33:35'],
  ['web:7', '33:7'],
  ['7:web', '7:35'],
  [':web', '0:35'],
  ['web:', '33:34'],
  ['1x', '7:8'],
])('%s is %s', async (chown, expected) => {
  const { uid, gid } = await ownership({ chown }, read);
  expect(`${uid}:${gid}`).toBe(expected);
});

test.each(['nobody', 'web:nobody', 'broken', '', ':', 'a:b:c', '99999999999', '-1', '# web'])(
  '%j is nobody',
  async (chown) => {
    await expect(ownership({ chown }, read)).rejects.toMatchObject({ code: 'BUILD_OWNER_UNKNOWN' });
  },
);

test('without lists of users, names are nobody and numbers are numbers', async () => {
  const none = async () => undefined;
  await expect(ownership({ chown: 'root' }, none)).rejects.toMatchObject({ code: 'BUILD_OWNER_UNKNOWN' });
  expect(await ownership({ chown: '5' }, none)).toMatchObject({ uid: 5, gid: 5 });
});

// The values are those of chmod(1).
test.each<[string, number, boolean, number]>([
  ['755', 0o644, false, 0o755],
  ['0755', 0o644, false, 0o755],
  ['4755', 0o644, false, 0o4755],
  ['7', 0o644, false, 0o007],
  ['u+x', 0o644, false, 0o744],
  ['+x', 0o644, false, 0o755],
  ['a-w', 0o644, false, 0o444],
  ['u=rwX,go=rX', 0o640, false, 0o644],
  ['u=rwX,go=rX', 0o750, false, 0o755],
  ['u=rwX,go=rX', 0o600, true, 0o755],
  ['go=', 0o755, false, 0o700],
  ['g=u', 0o640, false, 0o660],
  ['u+s', 0o755, false, 0o4755],
  ['g+s', 0o755, true, 0o2755],
  ['+t', 0o777, true, 0o1777],
  ['u=rw', 0o4755, false, 0o655],
  ['u+x-w', 0o644, false, 0o544],
])('--chmod=%s of %o', (text, mode, isFolder, expected) => {
  expect(parseMode(text)?.(mode, isFolder).toString(8)).toBe(expected.toString(8));
});

test.each(['', '999', '77777', 'rwx', 'u', 'u+y', 'u+x,', 'x=r', '-'])('%j is no mode', (text) => {
  expect(parseMode(text)?.(0o644, false)).toSatisfy((mode) => mode === undefined || (text === '-' && mode === 0o644));
});
