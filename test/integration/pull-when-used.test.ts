/** Commands that use an image pull it when it is in its registry and not here; --pull says otherwise. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { tarEnd, tarHeader, tarPadding } from '../../packages/core/src/tar/tar-header.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { FakeRegistry } from '../../packages/core/src/testing/fake-registry.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { expectSuccess, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: FakeRegistry;
let name: string;
let context: string;
const auth = { username: 'ops', password: 'correct horse' };
const logins = () => join(folder.path, 'logins.json');

beforeAll(async () => {
  folder = await temporaryDirectory();
  registry = await FakeRegistry.start({ auth: { scheme: 'basic', ...auth } });
  name = `127.0.0.1:${registry.port}/team/shop:1`;
  const entry = { auth: Buffer.from(`${auth.username}:${auth.password}`).toString('base64') };
  await writeFile(logins(), JSON.stringify({ auths: { [`127.0.0.1:${registry.port}/team`]: entry } }));
  const store = await openStore(join(folder.path, 'store'));
  const text = Buffer.from('hello\n');
  const rootfs = Buffer.concat([tarHeader('hello.txt', text.length), text, tarPadding(text.length), tarEnd]);
  await putTestClusterImage(store, { name, rootfs });
  await pushImage(store, name, { sealerHome: folder.path, authFile: logins() });
  context = join(folder.path, 'context');
  await mkdir(context);
  await writeFile(join(context, 'Kubefile'), `FROM ${name}\nCOPY a.txt a.txt\n`);
  await writeFile(join(context, 'a.txt'), 'a');
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const homeOf = (label: string) => sealerIn(join(folder.path, 'homes', label));
const codeOf = (outcome: { events: Record<string, unknown>[] }) =>
  (outcome.events.find(({ type }) => type === 'error')?.error as { code: string } | undefined)?.code;
const blobRequests = () => registry.requests.filter((line) => /^GET .*\/blobs\//.test(line)).length;

test.each<[command: string, words: () => string[], code?: string]>([
  ['build', () => ['build', '-t', 'app:1', context]],
  ['lint', () => ['lint', context]],
  ['mount', () => ['mount', name, join(folder.path, 'mounted')]],
  ['save', () => ['save', name, '-o', join(folder.path, 'shop.tar')]],
  ['inspect', () => ['inspect', name]],
  ['inspect --sbom', () => ['inspect', name, '--sbom', '-o', join(folder.path, 'sbom.json')]],
  ['diff', () => ['diff', name, name]],
  ['merge', () => ['merge', '-t', 'merged:1', name]],
  // Nobody listens there: what comes before hosts are reached is what is looked at.
  ['plan', () => ['plan', name, '-m', '127.0.0.1', '--port', '1'], 'HOST_UNREACHABLE'],
  ['run', () => ['run', name, '-m', '127.0.0.1', '--port', '1'], 'HOST_UNREACHABLE'],
])(
  '%s',
  async (command, words, code) => {
    const sealer = homeOf(command.replaceAll(/\W/g, ''));
    const access = ['--authfile', logins(), '--json'];
    const never = await sealer([...words(), ...access, '--pull', 'never']);
    expect(codeOf(never)).toBe('IMAGE_NOT_FOUND');
    const first = await sealer([...words(), ...access]);
    if (code) expect(codeOf(first)).toBe(code);
    else expectSuccess(first);
    const said = first.events.map((event) => String(event.text ?? '')).join('\n');
    if (command !== 'lint') expect(said).toContain(`${name} is not in the local store: it is pulled`);
    if (command === 'mount') expectSuccess(await sealer(['umount', join(folder.path, 'mounted')]));
  },
  60_000,
);

test('FROM: the place of the line is said, and --pull alone asks again', async () => {
  const sealer = homeOf('from');
  const never = await sealer(['build', '-t', 'app:1', '--pull=never', context]);
  expect(never.stderr).toMatch(/Kubefile:1:\d+/);
  const build = ['build', '-t', 'app:1', '--authfile', logins(), '--json'];
  expectSuccess(await sealer([...build, context]));
  registry.requests.length = 0;
  expectSuccess(await sealer([...build, context]));
  expect(registry.requests).toEqual([]);
  expectSuccess(await sealer([...build, '--pull', context]));
  expect(registry.requests.length).toBeGreaterThan(0);
  expect(blobRequests()).toBe(0);
  const local = join(folder.path, 'local');
  await mkdir(local);
  await writeFile(join(local, 'Kubefile'), 'FROM nowhere:1\n');
  const refused = await sealer(['build', '-t', 'app:1', local]);
  expect(refused.stderr).toContain('registry.example/nowhere:1');
}, 60_000);

test('a policy that asks for signatures is asked before anything comes', async () => {
  const sealer = homeOf('trust');
  const key = join(folder.path, 'release.pub');
  const { newSigningKey } = await import('../../packages/core/src/testing/signing-key.js');
  await writeFile(key, (await newSigningKey('release')).key.export({ type: 'spki', format: 'pem' }));
  registry.requests.length = 0;
  const trust = ['--policy', 'always', '--trusted-key', key, '--authfile', logins(), '--json'];
  for (const words of [
    ['run', name, '-m', '127.0.0.1', '--port', '1'],
    ['build', '-t', 'app:1', context],
  ])
    expect(codeOf(await sealer([...words, ...trust]))).toBe('TRUST_UNSIGNED');
  expect(blobRequests()).toBe(0);
}, 60_000);

test('logins: --authfile for login, logout, push, pull, tags; $REGISTRY_AUTH_FILE and podman without it', async () => {
  const sealer = homeOf('logins');
  const file = join(folder.path, 'other.json');
  const domain = `127.0.0.1:${registry.port}`;
  const login = ['login', domain, '-u', auth.username, '--passwd-stdin', '--authfile', file];
  expectSuccess(await sealer(login, { input: `${auth.password}\n` }));
  expect(Object.keys(JSON.parse(await readFile(file, 'utf8')).auths)).toEqual([domain]);
  expect((await sealer(['pull', name, '--json'])).events.some(({ type }) => type === 'error')).toBe(true);
  expectSuccess(await sealer(['pull', name, '--authfile', file]));
  expectSuccess(await sealer(['push', name, `${domain}/team/copy:1`, '--authfile', file]));
  expectSuccess(await sealer(['push', name, `${domain}/team/copy:2`], { env: { REGISTRY_AUTH_FILE: file } }));
  await mkdir(join(folder.path, 'run', 'containers'), { recursive: true });
  await writeFile(join(folder.path, 'run', 'containers', 'auth.json'), await readFile(file));
  const podman = { env: { XDG_RUNTIME_DIR: join(folder.path, 'run') } };
  expectSuccess(await sealer(['push', name, `${domain}/team/copy:3`], podman));
  expectSuccess(await sealer(['logout', domain, '--authfile', file]));
  expect(codeOf(await sealer(['push', name, `${domain}/team/copy:4`, '--authfile', file, '--json']))).toBe(
    'REGISTRY_UNAUTHORIZED',
  );
  const broken = join(folder.path, 'broken.json');
  await writeFile(broken, '{\n"auths": {"x": {"auth": "c2VjcmV0"},}\n}');
  const malformed = await sealer(['pull', name, '--authfile', broken]);
  expect(malformed).toMatchObject({ code: 3, stderr: expect.stringMatching(/broken\.json:2:\d+/) });
  expect(malformed.stderr).not.toMatch(/c2VjcmV0|at .*\.js:/);
}, 60_000);
