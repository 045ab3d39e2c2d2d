/** Signatures: the built CLI and the real cosign 2 and 3, each accepting the other's, over CNCF distribution 2.8 with TLS. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { createRegistryClient, type RegistryClient } from '../../packages/core/src/registry/registry-client.js';
import { Secret } from '../../packages/core/src/secrets/secret.js';
import { mergeImages } from '../../packages/core/src/store/merge-images.js';
import { tarEnd, tarHeader, tarPadding } from '../../packages/core/src/tar/tar-header.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { readPrivateKey } from '../../packages/core/src/trust/keys.js';
import { requireTrusted } from '../../packages/core/src/trust/require-trusted.js';
import { signImage } from '../../packages/core/src/trust/sign-image.js';
import { inStore } from '../../packages/core/src/trust/signed-place.js';
import { trustSettings } from '../../packages/core/src/trust/trust-settings.js';
import { type Cosign, cosignOf, keyPassword } from '../support/cosign.js';
import { account, type RunningRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { expectSuccess, type Sealer, type SealerOptions, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: RunningRegistry;
let client: RegistryClient;
let home: string;
let sealer: Sealer;
let cosign: { 2: Cosign; 3: Cosign };
const env = { COSIGN_PASSWORD: keyPassword };
const files = (name: string) => ({ key: join(folder.path, `${name}.key`), pub: join(folder.path, `${name}.pub`) });

beforeAll(async () => {
  folder = await temporaryDirectory();
  registry = await startDockerRegistry(folder.path);
  const places = { 2: join(folder.path, 'cosign2'), 3: join(folder.path, 'cosign3') };
  for (const path of Object.values(places)) await mkdir(path);
  cosign = { 3: await cosignOf('3', places[3], registry), 2: await cosignOf('2', places[2], registry) };
  home = join(folder.path, 'home');
  sealer = await newHome(home);
  client = createRegistryClient({
    baseUrl: `https://${registry.host}`,
    ca: registry.ca,
    credentials: { username: account.username, password: new Secret(account.password) },
  });
  for (const name of ['ours', 'next', 'stranger'])
    expectSuccess(await sealer(['keys', 'generate', '-o', join(folder.path, name)], { env }));
}, 1_800_000); // Two programs may have to be built first.

afterAll(async () => {
  await client.close();
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A home that can reach the registry. */
async function newHome(path: string): Promise<Sealer> {
  await openStore(join(path, 'store'));
  await writeFile(join(path, 'ca.crt'), registry.ca);
  await writeFile(join(path, 'registries.yaml'), `registries:\n  ${registry.host}:\n    ca: ca.crt\n`);
  await writeFile(join(path, 'auth.json'), await readFile(join(folder.path, 'cosign3', 'config.json')));
  return sealerIn(path);
}

/** An image of its own in the store, its name being one of the registry. */
async function image(path: string, options: { push?: boolean } = {}): Promise<{ name: string; digest: string }> {
  const name = `${registry.host}/${path}:1.0`;
  const { digest } = await putTestClusterImage(await openStore(join(home, 'store')), {
    name,
    rootfs: Buffer.concat([tarHeader('file', 20_000), randomBytes(20_000), tarPadding(20_000), tarEnd]),
  });
  if (options.push) await pushImage(await openStore(join(home, 'store')), name, { sealerHome: home });
  return { name, digest };
}

const sign = async (name: string, key: string, ...more: string[]) =>
  expectSuccess(await sealer(['sign', name, '--key', key, '--json', ...more], { env })).result;

/** In this process, where the command itself is not what is tested: starting it takes its time. */
async function signHere(name: string, key: string): Promise<void> {
  const store = await openStore(join(home, 'store'));
  const found = await store.find(name);
  const opened = await readPrivateKey(await readFile(key, 'utf8'), key, new Secret(keyPassword));
  await signImage(await inStore(store, found as NonNullable<typeof found>), opened);
}
const verify = (name: string, pub: string, ...more: string[]) =>
  sealer(['verify', name, '--key', pub, '--json', ...more]);
const codeOf = (outcome: { events: Record<string, unknown>[] }) =>
  (outcome.events.find(({ type }) => type === 'error')?.error as { code: string } | undefined)?.code;

describe.each(['2', '3'] as const)('cosign %s', (line) => {
  test('accepts what sealer signed and pushed, and refuses it by another key', async () => {
    const { name, digest } = await image(`ours/for-cosign${line}`);
    expect(await sign(name, files('ours').key)).toMatchObject({ digest, added: ['tag', 'bundle'] });
    expect(expectSuccess(await sealer(['push', name, '--json'])).result).toMatchObject({ attachments: 2 });
    expect(expectSuccess(await sealer(['push', name, '--json'])).result).toMatchObject({ sent: 0, attachments: 0 });
    const good = await cosign[line].verify(name, files('ours').pub);
    expect(good.stderr + good.stdout).toContain(digest);
    expect(good.code).toBe(0);
    expect((await cosign[line].verify(name, files('stranger').pub)).code).not.toBe(0);
  });

  test('accepts the form of a tag alone, as older ones know only', async () => {
    const { name } = await image(`ours/tag-for-cosign${line}`, { push: true });
    expect(await sign(name, files('ours').key, '--remote', '--form', 'tag')).toMatchObject({ added: ['tag'] });
    const extra = line === '3' ? ['--new-bundle-format=false'] : [];
    expect(await cosign[line].verify(name, files('ours').pub, extra)).toMatchObject({ code: 0 });
  });

  test('makes keys sealer signs with, and signatures sealer accepts, remotely and once pulled', async () => {
    const { name, digest } = await image(`theirs/by-cosign${line}`, { push: true });
    const theirs = await cosign[line].generateKeys('theirs');
    const repository = name.slice(0, name.lastIndexOf(':'));
    const signed = await cosign[line].sign(`${repository}@${digest}`, theirs.key);
    expect(signed.stderr).toContain('Pushing signature');
    expect(signed.code).toBe(0);
    const form = line === '2' ? 'tag' : 'bundle';
    const remote = expectSuccess(await verify(name, theirs.pub, '--remote'));
    expect(remote.result).toMatchObject({ digest, keys: [{ form }] });
    expect(codeOf(await verify(name, files('stranger').pub, '--remote'))).toBe('TRUST_KEY_UNKNOWN');
    expectSuccess(await sealer(['pull', name]));
    expect(expectSuccess(await verify(name, theirs.pub)).result).toMatchObject({ digest, keys: [{ form }] });
    // Ours comes beside theirs, in a form that does not hide theirs from cosign, and both are found.
    expect(await sign(name, files('ours').key)).toMatchObject({ added: line === '2' ? ['tag'] : ['tag', 'bundle'] });
    expectSuccess(await sealer(['push', name]));
    const both = ['verify', name, '--remote', '--key', theirs.pub, '--key', files('ours').pub, '--all'];
    expectSuccess(await sealer(both));
    expect((await cosign[line].verify(name, theirs.pub)).code).toBe(0);
    expect((await cosign[line].verify(name, files('ours').pub)).code).toBe(0);
    expect(await sign((await image(`theirs/key-of-cosign${line}`)).name, theirs.key)).toMatchObject({
      added: ['tag', 'bundle'],
    });
  });
});

test('signatures go with the image: save, load elsewhere, push from there, and rmi takes them away', async () => {
  const { name, digest } = await image('moved/shop');
  await signHere(name, files('ours').key);
  const archive = join(folder.path, 'shop.tar');
  expectSuccess(await sealer(['save', name, '-o', archive]));
  const other = await newHome(join(folder.path, 'other'));
  expectSuccess(await other(['load', '-i', archive]));
  expect(expectSuccess(await other(['images', '-q'])).stdout.trim()).toBe(digest);
  expectSuccess(await other(['verify', name, '--key', files('ours').pub]));
  const copy = `${registry.host}/moved/copy:2.0`;
  expectSuccess(await other(['tag', name, copy]));
  expect(expectSuccess(await other(['push', copy, '--json'])).result).toMatchObject({ attachments: 2 });
  expect(await cosign[3].verify(copy, files('ours').pub)).toMatchObject({ code: 0 });
  expectSuccess(await other(['rmi', name]));
  expectSuccess(await other(['verify', copy, '--key', files('ours').pub]));
  expectSuccess(await other(['rmi', copy]));
  expect(expectSuccess(await other(['prune', '--json'])).result).toMatchObject({ freedBytes: 0 });
});

test('an image for several platforms is signed as a whole, and each of its parts runs by that', async () => {
  const store = await openStore(join(home, 'store'));
  const config = (architecture: string) => ({ config: { architecture } });
  await putTestClusterImage(store, { name: 'part:amd64', ...config('amd64'), rootfs: randomBytes(9000) });
  await putTestClusterImage(store, { name: 'part:arm64', ...config('arm64'), rootfs: randomBytes(9000) });
  const name = `${registry.host}/several/shop:1.0`;
  await mergeImages(store, ['part:amd64', 'part:arm64'], name);
  await signHere(name, files('ours').key);
  expectSuccess(await sealer(['push', name]));
  expect(await cosign[3].verify(name, files('ours').pub)).toMatchObject({ code: 0 });
  const other = await newHome(join(folder.path, 'one-platform'));
  const trust = ['--trust-policy', 'always', '--trusted-key', files('ours').pub];
  expectSuccess(await other(['pull', name, '--platform', 'linux/amd64', ...trust]));
  expect(
    (await attempt(other, ['run', name, '--policy', 'always', '--trusted-key', files('ours').pub])).connections,
  ).toBe(1);
});

describe('what is not trusted', () => {
  test('pull with policy always takes nothing of an unsigned image, and of one signed by a stranger', async () => {
    const { name } = await image('pulled/shop', { push: true });
    const other = await newHome(join(folder.path, 'puller'));
    const pull = (...more: string[]) => other(['pull', name, '--json', '--trust-policy', 'always', ...more]);
    const key = ['--trusted-key', files('ours').pub];
    expect(codeOf(await pull())).toBe('TRUST_NO_KEYS');
    expect(codeOf(await pull(...key))).toBe('TRUST_UNSIGNED');
    await sign(name, files('stranger').key, '--remote');
    expect(codeOf(await pull(...key))).toBe('TRUST_KEY_UNKNOWN');
    expect(expectSuccess(await other(['images', '-q'])).stdout.trim()).toBe('');
    expectSuccess(await pull('--trusted-key', files('stranger').pub));
  });

  test('build looks at the image that FROM names', async () => {
    const { name } = await image('from/base');
    const context = join(folder.path, 'from');
    await mkdir(context);
    await writeFile(join(context, 'Kubefile'), `ARG X\nFROM ${name}\nCOPY Kubefile Kubefile\n`);
    const build = (...more: string[]) => sealer(['build', '-t', 'from:child', '--json', ...more, context]);
    const always = ['--policy', 'always', '--trusted-key', files('ours').pub];
    const refused = await build(...always);
    expect(codeOf(refused)).toBe('TRUST_UNSIGNED');
    expect(refused.stdout).toMatch(/Kubefile","line":2/);
    expect((await sealer(['images', '-q'])).stdout).not.toContain('from:child');
    await signHere(name, files('ours').key);
    expectSuccess(await build(...always));
    expect(codeOf(await build('--trusted-key', files('stranger').pub))).toBe('TRUST_KEY_UNKNOWN');
    expectSuccess(await build());
  });

  test('run, apply and plan refuse before they connect to a host', async () => {
    const { name, digest } = await image('run/shop');
    const policy = ['--policy', 'always', '--trusted-key', files('ours').pub];
    for (const command of ['run', 'plan'])
      expect(await attempt(sealer, [command, name, ...policy]), command).toEqual({
        code: 'TRUST_UNSIGNED',
        connections: 0,
      });
    await signHere(name, files('stranger').key);
    expect(await attempt(sealer, ['run', name, ...policy])).toEqual({ code: 'TRUST_KEY_UNKNOWN', connections: 0 });
    const trusted = ['--trusted-key', files('ours').pub];
    expect(await attempt(sealer, ['run', name, ...trusted])).toEqual({ code: 'TRUST_KEY_UNKNOWN', connections: 0 });
    expect((await attempt(sealer, ['run', name, ...trusted, '--policy', 'never'])).connections).toBe(1);

    // The same by a Clusterfile, whose keys lie beside it.
    await copyFile(files('ours').pub, join(folder.path, 'vendor.pub'));
    const clusterfile = join(folder.path, 'Clusterfile');
    const text = (port: number) => `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: c}
spec:
  image: ${name}
  trust: {policy: always, keys: [vendor.pub]}
  ssh: {port: ${port}, passwd: x}
  hosts: [{ips: [127.0.0.1], roles: [master]}]
`;
    const byFile = async () => {
      const listener = await listen();
      await writeFile(clusterfile, text(listener.port));
      const outcome = await sealer(['apply', '-f', clusterfile, '--json']);
      await listener.close();
      return { code: codeOf(outcome), connections: listener.connections() };
    };
    expect(await byFile()).toEqual({ code: 'TRUST_KEY_UNKNOWN', connections: 0 });
    await signHere(name, files('ours').key);
    expect((await byFile()).connections).toBe(1);
    // The image is the signed one as long as its documents are.
    const store = await openStore(join(home, 'store'));
    const manifest = store.blobPath(digest as never);
    const before = await readFile(manifest);
    await writeFile(manifest, before.toString().replace('"schemaVersion":2', '"schemaVersion": 2'));
    expect(await byFile()).toEqual({ code: 'BLOB_DAMAGED', connections: 0 });
    await writeFile(manifest, before);
  });

  test('an altered payload, and a signature of another digest, are refused by sealer as by cosign', async () => {
    const { name, digest } = await image('altered/shop', { push: true });
    const { digest: elsewhere, name: donor } = await image('altered/donor', { push: true });
    await sign(donor, files('ours').key, '--remote', '--form', 'tag');
    const tag = (subject: string) => `${subject.replace(':', '-')}.sig`;
    const path = 'altered/shop';
    const { bytes } = await client.getManifest('altered/donor', tag(elsewhere));
    const document = JSON.parse(bytes.toString());
    for (const { digest: blob } of [document.config, ...document.layers])
      await client.mountBlob(path, blob, 'altered/donor');
    await client.putManifest(path, tag(digest), document.mediaType, bytes);
    expect(codeOf(await verify(name, files('ours').pub, '--remote'))).toBe('TRUST_SIGNATURE_INVALID');
    expect((await cosign[3].verify(name, files('ours').pub, ['--new-bundle-format=false'])).code).not.toBe(0);

    // The payload names the right digest now, and the signature is still the donor's.
    const chunks: Buffer[] = [];
    for await (const chunk of client.getBlob('altered/donor', document.layers[0])) chunks.push(chunk as Buffer);
    const payload = Buffer.from(Buffer.concat(chunks).toString().replace(elsewhere, digest));
    await client.uploadBlob(path, digestOf(payload), payload.length, Readable.from([payload]));
    document.layers[0] = { ...document.layers[0], digest: digestOf(payload), size: payload.length };
    await client.putManifest(path, tag(digest), document.mediaType, Buffer.from(JSON.stringify(document)));
    expect(codeOf(await verify(name, files('ours').pub, '--remote'))).toBe('TRUST_KEY_UNKNOWN');
    expect((await cosign[2].verify(name, files('ours').pub)).code).not.toBe(0);
  });
});

test('keys are rotated: the old image gets a second signature, the new key alone is trusted then', async () => {
  const { name } = await image('rotated/shop');
  await signHere(name, files('ours').key);
  const trusted = join(home, 'trusted-keys');
  await mkdir(trusted);
  await copyFile(files('ours').pub, join(trusted, 'ours.pub'));
  await copyFile(files('next').pub, join(trusted, 'next.pub'));
  expectSuccess(await sealer(['verify', name]));
  expect(codeOf(await sealer(['verify', name, '--all', '--json']))).toBe('TRUST_SIGNATURES_TOO_FEW');
  await signHere(name, files('next').key);
  await rm(join(trusted, 'ours.pub'));
  const { result } = expectSuccess(await sealer(['verify', name, '--json']));
  expect(result.keys).toMatchObject([{ source: 'trusted-keys/next.pub' }]);
  await rm(trusted, { recursive: true });
});

test('a key needs its password, never shown; a new one replaces none', async () => {
  const { name } = await image('password/shop');
  const { key } = files('ours');
  const wrong = await sealer(['sign', name, '--key', key, '--password-stdin'], { input: 'not the password' });
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain('TRUST_PASSWORD_WRONG');
  expect(wrong.stderr).not.toContain('not the password');
  expect(codeOf(await sealer(['sign', name, '--key', key, '--json']))).toBe('TRUST_PASSWORD_WRONG');
  expect(codeOf(await sealer(['keys', 'generate', '-o', join(folder.path, 'ours'), '--json'], { env }))).toBe(
    'TRUST_KEY_EXISTS',
  );
});

test('of several signatures as many have to be of trusted keys as are asked for', async () => {
  const { name } = await image('quick/shop');
  for (const key of ['ours', 'next', 'stranger']) await signHere(name, files(key).key);
  const store = await openStore(join(home, 'store'));
  const opened = await store.open(name);
  const settings = await trustSettings(home, {}, { policy: 'always', keys: [files('ours').pub, files('next').pub] });
  expect(await requireTrusted(store, opened, { ...settings, required: 2 })).toMatchObject({ status: 'verified' });
  await expect(requireTrusted(store, opened, { ...settings, required: 3 })).rejects.toMatchObject({
    code: 'TRUST_SIGNATURES_TOO_FEW',
  });
});

/** A host that counts who knocks and answers nobody. */
async function listen() {
  let count = 0;
  const server: Server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    connections: () => Math.min(count, 1),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Runs a command on that host: its error, and whether it connected. */
async function attempt(by: Sealer, words: string[], options: SealerOptions = {}) {
  const listener = await listen();
  const host = ['--masters', '127.0.0.1', '--port', String(listener.port), '--passwd', 'x', '--json'];
  const outcome = await by([...words, ...host], options);
  await listener.close();
  return { code: codeOf(outcome), connections: listener.connections() };
}
