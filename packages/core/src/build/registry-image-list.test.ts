import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { parseRegistryImageList } from './registry-image-list.js';

afterEach(() => vi.unstubAllEnvs());

test('images of several registries, each with its credentials; passwords from elsewhere', async () => {
  await using folder = await temporaryDirectory();
  const secret = join(folder.path, 'secret');
  await writeFile(secret, 'from-file\n');
  vi.stubEnv('TEAM_PASSWORD', 'from-environment');
  const text = [
    '- registry: registry.example:5000',
    '  username: bot',
    '  password: plain-text',
    '  images:',
    '    - team/app:1',
    '    - mirror.example/team/other:2',
    `- {registry: quay.io, username: a, password: "env:TEAM_PASSWORD", images: [team/x]}`,
    `- {registry: ghcr.io, username: b, password: "file:${secret}", images: [team/y:1]}`,
  ].join('\n');
  const { entries, credentials } = await parseRegistryImageList(text, 'auth.yaml');
  expect(entries.map(({ reference, origin }) => [String(reference), origin])).toEqual([
    ['registry.example:5000/team/app:1', 'auth.yaml:5'],
    ['mirror.example/team/other:2', 'auth.yaml:6'],
    ['quay.io/team/x:latest', 'auth.yaml:7'],
    ['ghcr.io/team/y:1', 'auth.yaml:8'],
  ]);
  const passwords = entries.map(({ reference }) => credentials.get(String(reference))?.password.reveal());
  expect(passwords).toEqual(['plain-text', 'plain-text', 'from-environment', 'from-file']);
  expect(JSON.stringify([...credentials.values()])).not.toContain('plain-text');
});

test('every mistake with its place, and no password in any of them', async () => {
  const text = [
    '- registry: registry.example',
    '  username: bot',
    '  password: env:NOT_SET_ANYWHERE',
    '  images: [Team/App:1]',
    '- {registry: quay.io, user: a, password: hush-hush, images: x}',
    '- just text',
  ].join('\n');
  const failure: SealerError = await parseRegistryImageList(text, 'auth.yaml').catch((cause) => cause);
  expect(failure.errors.map(({ code, position }) => [code, position?.line, position?.column])).toEqual([
    ['IMAGE_LIST_INVALID', 3, 13],
    ['IMAGE_LIST_INVALID', 4, 12],
    ['IMAGE_LIST_INVALID', 5, 23],
    ['IMAGE_LIST_INVALID', 5, 3],
    ['IMAGE_LIST_INVALID', 5, 61],
    ['IMAGE_LIST_INVALID', 6, 3],
  ]);
  expect(failure.errors.map(({ message }) => message).join('\n')).not.toContain('hush-hush');
  await expect(parseRegistryImageList('a: b', 'f')).rejects.toMatchObject({ code: 'IMAGE_LIST_INVALID' });
  await expect(parseRegistryImageList('- {a', 'f')).rejects.toMatchObject({ code: 'IMAGE_LIST_INVALID' });
});
