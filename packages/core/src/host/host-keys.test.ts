import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, expect, test, vi } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { checkHostKey } from './host-key-check.js';
import { fingerprint, knownKeys, rememberKey } from './known-hosts.js';

afterEach(() => vi.unstubAllEnvs());

/** A public key as its blob. */
function key(folder: string, name: string, type = 'ed25519'): { blob: Buffer; line: string } {
  execaSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(folder, name)]);
  const line = execaSync('cat', [join(folder, `${name}.pub`)])
    .stdout.split(' ')
    .slice(0, 2)
    .join(' ');
  return { blob: Buffer.from(line.split(' ')[1] as string, 'base64'), line };
}

test('fingerprints are those of ssh-keygen, and hashed, bracketed and revoked entries are understood', async () => {
  await using folder = await temporaryDirectory();
  const one = key(folder.path, 'one');
  const two = key(folder.path, 'two');
  expect(execaSync('ssh-keygen', ['-lf', join(folder.path, 'one.pub')]).stdout).toContain(fingerprint(one.blob));
  vi.stubEnv('HOME', folder.path);
  await mkdir(join(folder.path, '.ssh'));
  const file = join(folder.path, '.ssh', 'known_hosts');
  await writeFile(file, `10.0.0.1,other ${one.line}\n[10.0.0.2]:2222 ${one.line}\n@revoked 10.0.0.3 ${two.line}\n`);
  execaSync('ssh-keygen', ['-q', '-H', '-f', file]);
  const places = async (address: string, port = 22) =>
    (await knownKeys(folder.path, address, port)).map(({ place }) => place);
  expect(await places('10.0.0.1')).toEqual([`${file}:1`]);
  expect(await places('10.0.0.2', 2222)).toHaveLength(1);
  expect(await places('10.0.0.2')).toEqual([]);
  expect(await knownKeys(folder.path, '10.0.0.3', 22)).toMatchObject([{ revoked: true }]);
  const before = await readFile(file, 'utf8');
  await rememberKey(folder.path, '10.0.0.9', 22, two.blob);
  expect(await places('10.0.0.9')).toEqual([`${join(folder.path, 'known_hosts')}:1`]);
  expect(await readFile(file, 'utf8')).toBe(before);
});

test('new, known, changed, revoked, strict and pinned keys', async () => {
  await using folder = await temporaryDirectory();
  const [one, two] = [key(folder.path, 'one'), key(folder.path, 'two')];
  const entry = (blob: Buffer, revoked = false) => ({
    type: 'ssh-ed25519',
    key: blob.toString('base64'),
    revoked,
    place: 'f:1',
  });
  const check = (known: ReturnType<typeof entry>[], strict = false, pins?: string[]) =>
    checkHostKey('h', one.blob, { known, strict, pins });
  expect(check([])).toEqual({ kind: 'new' });
  expect(check([], true)).toMatchObject({ kind: 'refused', error: { code: 'HOST_KEY_UNKNOWN' } });
  expect(check([entry(one.blob)], true)).toEqual({ kind: 'known' });
  const changed = check([entry(two.blob)]);
  expect(changed).toMatchObject({
    kind: 'refused',
    error: { code: 'HOST_KEY_CHANGED', message: expect.stringContaining('f:1') },
  });
  expect(check([entry(one.blob, true)])).toMatchObject({ kind: 'refused' });
  expect(check([entry(two.blob)], true, [fingerprint(one.blob)])).toEqual({ kind: 'known' });
  expect(check([entry(one.blob)], false, [two.line])).toMatchObject({
    kind: 'refused',
    error: { code: 'HOST_KEY_CHANGED' },
  });
});
