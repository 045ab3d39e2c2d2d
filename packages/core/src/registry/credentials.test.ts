/** Whose logins are found, in which order, and what is said of files that are not as they should be. */
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import { Secret } from '../secrets/secret.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { findCredentials } from './credentials.js';
import { logIn, logOut } from './login.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let home: string;

beforeEach(async () => {
  folder = await temporaryDirectory();
  home = folder.path;
  vi.stubEnv('HOME', home);
  vi.stubEnv('SEALER_HOME', join(home, 'sealer'));
  vi.stubEnv('XDG_RUNTIME_DIR', join(home, 'run'));
  for (const name of ['XDG_CONFIG_HOME', 'DOCKER_CONFIG', 'REGISTRY_AUTH_FILE']) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
async function put(path: string, content: object | string): Promise<string> {
  const file = join(home, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
const login = (user: string) => ({ auths: { 'registry.example': { auth: base64(`${user}:secret of ${user}`) } } });
const userOf = async (name = 'registry.example/team/app', files = {}) =>
  (await findCredentials(name, files).catch((cause: SealerError) => ({ username: cause.code })))?.username;

test('the first file that knows the registry counts: ours, then podman and skopeo, in whose order docker is last', async () => {
  const order = ['sealer/auth.json', 'run/containers/auth.json', '.config/containers/auth.json', '.docker/config.json'];
  for (const path of order) await put(path, login(path));
  for (const path of order) {
    expect(await userOf()).toBe(path);
    await rm(join(home, path));
  }
  expect(await userOf()).toBeUndefined();
});

test('folders that the environment names', async () => {
  await put('config/containers/auth.json', login('config'));
  await put('docker/config.json', login('docker'));
  vi.stubEnv('XDG_CONFIG_HOME', join(home, 'config'));
  expect(await userOf()).toBe('config');
  vi.stubEnv('XDG_CONFIG_HOME', join(home, 'none'));
  vi.stubEnv('DOCKER_CONFIG', join(home, 'docker'));
  expect(await userOf()).toBe('docker');
});

test('REGISTRY_AUTH_FILE stands for the files of others, and --authfile for all; both have to be there', async () => {
  await put('.docker/config.json', login('docker'));
  vi.stubEnv('REGISTRY_AUTH_FILE', await put('named.json', login('named')));
  expect(await userOf()).toBe('named');
  await put('sealer/auth.json', login('ours'));
  expect(await userOf()).toBe('ours');
  const authFile = await put('flag.json', login('flag'));
  expect(await userOf(undefined, { authFile })).toBe('flag');
  expect(await userOf('other.example/x', { authFile })).toBeUndefined();
  vi.stubEnv('REGISTRY_AUTH_FILE', join(home, 'nowhere.json'));
  await expect(findCredentials('other.example/x')).rejects.toMatchObject({
    code: 'CREDENTIALS_UNREADABLE',
    message: expect.stringContaining('nowhere.json cannot be used for logins: it does not exist'),
  });
  expect(await userOf(undefined, { authFile: join(home, 'nowhere.json') })).toBe('CREDENTIALS_UNREADABLE');
});

test.each([
  ['registry.example/team/app', 'team app'],
  ['registry.example/team/app/part', 'team app'],
  ['registry.example/team/application', 'team'],
  ['registry.example/other', 'all'],
  ['registry.example', 'all'],
  ['registry.example:5000/team/app', 'port'],
  ['docker.io/library/nginx', 'hub'],
  ['docker.io/vendor/app', 'vendor'],
  ['old.example/x', 'old'],
  ['elsewhere.example/team/app', undefined],
])('the longest entry counts: %s', async (name, user) => {
  const entry = (text: string) => ({ auth: base64(`${text}:pw`) });
  await put('run/containers/auth.json', {
    auths: {
      'registry.example': entry('all'),
      'registry.example/team': entry('team'),
      'registry.example/team/app': entry('team app'),
      'registry.example:5000': entry('port'),
      'https://index.docker.io/v1/': entry('hub'),
      'docker.io/vendor': entry('vendor'),
      'https://old.example/v2/': entry('old'),
    },
  });
  expect(await userOf(name)).toBe(user);
});

test.each([
  [
    'with an auth of zeros, as docker writes it',
    { auth: base64('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
  ],
  ['alone', { identitytoken: 'refresh' }],
])('an identity token %s', async (_name, entry) => {
  await put('.docker/config.json', { auths: { 'registry.example': entry } });
  expect((await findCredentials('registry.example/x'))?.identityToken?.reveal()).toBe('refresh');
});

test.each([
  ['colons belong to the password', { auth: base64('ops:a:b') }, 'a:b'],
  ['NUL at the end', { auth: base64('ops:pw\0\0') }, 'pw'],
  ['user and password in the clear', { username: 'ops', password: 'pw' }, 'pw'],
  ['an empty password is one', { auth: base64('ops:') }, ''],
  ['an empty entry', {}, undefined],
  ['null', null, undefined],
])('%s', async (_name, entry, password) => {
  await put('.docker/config.json', { auths: { 'registry.example': entry } });
  expect((await findCredentials('registry.example/x'))?.password.reveal()).toBe(password);
});

test.each([
  ['registry.example', 'registry.example/team/app', 'registry.example'],
  ['https://index.docker.io/v1/', 'docker.io/library/nginx', 'https://index.docker.io/v1/'],
  ['docker.io', 'docker.io/library/nginx', 'docker.io'],
])('the helper for %s is asked for it by that name', async (key, name, asked) => {
  const script = '#!/bin/sh\nread server\nprintf \'{"Username":"%s","Secret":"pw"}\' "$server"\n';
  const program = await put('bin/docker-credential-fake', script);
  await (await import('node:fs/promises')).chmod(program, 0o755);
  vi.stubEnv('PATH', `${dirname(program)}:${process.env.PATH}`);
  await put('run/containers/auth.json', { credHelpers: { [key]: 'fake' } });
  expect(await userOf(name)).toBe(asked);
});

const secret = 'czNjcmV0LXBhc3N3b3Jk';
describe('a file that is not as it should be is named, by line, and not quoted', () => {
  test.each<[what: string, text: string, reason: string, line: number | undefined]>([
    ['cut off', `{\n "auths": {\n  "registry.example": {"auth": "${secret}`, 'not JSON', 3],
    ['a comma too many', `{\n "auths": {\n  "registry.example": {"auth": "${secret}"},\n }\n}`, 'not JSON', 4],
    ['no quotes', `{"auths": {"registry.example": {"auth": ${secret}}}}`, 'not JSON', 1],
    ['two documents', `{"auths": {}}\n{"x": "${secret}"}`, 'not JSON', 2],
    ['only a secret', secret, 'not JSON', 1],
    ['a text', `"${secret}"`, 'not a JSON object', undefined],
    ['a list', `["${secret}"]`, 'not a JSON object', undefined],
    ['auths is a list', `{\n "auths": ["${secret}"]}`, 'auths is not an object', 2],
    ['an entry is a text', `{"auths": {\n"registry.example": "${secret}"}}`, 'entry of registry.example', 2],
    [
      'an auth is a number',
      '{"auths": {"registry.example": {"auth": 17}}}',
      'auth of registry.example is not a text',
      1,
    ],
    ['an auth is no base64', `{"auths": {\n\n"registry.example": {"auth": "ops:${secret}"}}}`, 'not the base64', 3],
    ['an auth without colon', `{"auths": {"registry.example": {"auth": "${secret}"}}}`, 'not the base64', 1],
    ['a helper is an object', '{"credHelpers": {"registry.example": {}}}', 'credHelpers of registry.example', 1],
    ['credHelpers is a text', '{"credHelpers": "x"}', 'credHelpers is not an object', 1],
    ['credsStore is a number', '{"credsStore": 1}', 'credsStore is not', 1],
  ])('%s', async (_what, text, reason, line) => {
    const file = await put('run/containers/auth.json', text);
    const failure = (await findCredentials('registry.example/x').catch((cause) => cause)) as SealerError;
    expect(failure).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', message: expect.stringContaining(reason) });
    expect(failure.message).toContain(file);
    if (line !== undefined) expect(failure.position).toMatchObject({ file, line });
    expect(`${failure.message} ${failure.stack} ${String(failure.cause)}`).not.toContain(secret);
  });

  test('an empty one has no logins', async () => {
    await put('run/containers/auth.json', '\n');
    expect(await userOf()).toBeUndefined();
  });
});

test('login and logout keep to the file that is named, with what else is in it', async () => {
  await using registry = await FakeRegistry.start({ auth: { scheme: 'basic', username: 'ops', password: 'pw' } });
  const domain = `127.0.0.1:${registry.port}`;
  const authFile = join(home, 'link.json');
  await symlink(await put('real.json', { credHelpers: { 'a.example': 'b' }, auths: { 'x.example': {} } }), authFile);
  const access = { authFile, plainHttp: true };
  await logIn(domain, { username: 'ops', password: new Secret('pw') }, access);
  expect(JSON.parse(await readFile(join(home, 'real.json'), 'utf8'))).toEqual({
    credHelpers: { 'a.example': 'b' },
    auths: { 'x.example': {}, [domain]: { auth: base64('ops:pw') } },
  });
  expect((await stat(authFile)).mode & 0o777).toBe(0o600);
  expect((await findCredentials(`${domain}/x`, access))?.username).toBe('ops');
  expect(await logOut(domain, access)).toBe(true);
  expect(await logOut(domain, access)).toBe(false);
});

test('whatever a file holds is either logins or the one error, and never quoted', async () => {
  const good = JSON.stringify({ auths: { 'registry.example': { auth: secret } }, credHelpers: {}, credsStore: '' });
  // A generator of its own, so that a failure comes again.
  let state = 7;
  const random = (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % below;
  };
  for (let round = 0; round < 400; round++) {
    const [at, length] = [random(good.length), random(4)];
    const instead = ['', '"', '}', '[', 'null', '\\', '\n', '7', '{"a":1}'][random(9)] ?? '';
    const authFile = await put('mutated.json', good.slice(0, at) + instead + good.slice(at + length));
    const failure = await findCredentials('registry.example/x', { authFile }).then(
      () => undefined,
      (cause) => cause,
    );
    if (failure) expect(failure).toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
    expect(String(failure?.message)).not.toContain(secret);
  }
});
