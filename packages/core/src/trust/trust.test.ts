import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseClusterfile } from '../cluster/parse-clusterfile.js';
import { serializeCluster } from '../cluster/serialize-cluster.js';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf } from '../image/digest.js';
import { Secret } from '../secrets/secret.js';
import type { ImageStore } from '../store/store.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { newSigningKey } from '../testing/signing-key.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { bundleOf, imageSignaturePredicate, signStatement, statement } from './dsse.js';
import { generateKeyPair, type PrivateKey, readPrivateKey, readPublicKey } from './keys.js';
import { attachToStore, bundleReferrer, referrer, taggedSignatures } from './new-attachment.js';
import { requireTrusted } from './require-trusted.js';
import { signImage } from './sign-image.js';
import { inStore } from './signed-place.js';
import { signSimply } from './simple-signing.js';
import { type TrustPolicy, trustSettings } from './trust-settings.js';
import { verifySignatures } from './verify-image.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ImageStore;

beforeEach(async () => {
  folder = await temporaryDirectory();
  store = await openStore(join(folder.path, 'store'));
});
afterEach(async () => await folder[Symbol.asyncDispose]());

async function image(name = 'shop:1.0') {
  const { descriptor } = await putTestClusterImage(store, { name });
  const loaded = await store.open(name);
  return { loaded, descriptor, place: async () => await inStore(store, { name: loaded.name, descriptor }) };
}

test('a key pair opens with its password alone', async () => {
  const { privatePem, publicPem, id } = await generateKeyPair(new Secret('correct horse'));
  expect(privatePem).toContain('BEGIN ENCRYPTED SIGSTORE PRIVATE KEY');
  const key = await readPrivateKey(privatePem, 'a.key', new Secret('correct horse'));
  expect(key.id).toBe(id);
  expect(readPublicKey(publicPem, 'a.pub').id).toBe(id);
  await expect(readPrivateKey(privatePem, 'a.key', new Secret('wrong horse'))).rejects.toMatchObject({
    code: 'TRUST_PASSWORD_WRONG',
  });
  await expect(readPrivateKey(privatePem, 'a.key')).rejects.toMatchObject({ code: 'TRUST_PASSWORD_WRONG' });
});

test('a private key is no trusted key, and neither is one of a kind nobody signs with', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { publicKey } = generateKeyPairSync('x25519');
  const pem = (key: typeof privateKey, type: 'pkcs8' | 'spki') => String(key.export({ type, format: 'pem' }));
  expect(() => readPublicKey(pem(privateKey, 'pkcs8'), 'a')).toThrow(/private key/);
  expect(() => readPublicKey(pem(publicKey, 'spki'), 'a')).toThrow(/x25519/);
  expect(() => readPublicKey('nothing', 'a')).toThrow(/no usable key/);
});

test('signed twice by one key is signed once; by two keys, two of two', async () => {
  const [a, b] = [await newSigningKey('a.pub'), await newSigningKey('b.pub')];
  const { place } = await image();
  expect((await signImage(await place(), a)).added).toEqual(['tag', 'bundle']);
  expect((await signImage(await place(), a)).added).toEqual([]);
  const both = { keys: [a, b], required: 2 };
  const root = async () => [(await place()).root];
  await expect(verifySignatures(await place(), await root(), both)).rejects.toMatchObject({
    code: 'TRUST_SIGNATURES_TOO_FEW',
  });
  await signImage(await place(), b);
  const verified = await verifySignatures(await place(), await root(), both);
  expect(verified.keys.map(({ source }) => source)).toEqual(['a.pub', 'b.pub']);
  // One manifest under the tag with a layer for each key, and a referrer for each.
  expect((await store.attachments()).length).toBe(3);
});

test('another key, a signature of another image, and altered ones are told apart', async () => {
  const [a, b] = [await newSigningKey('a.pub'), await newSigningKey('b.pub')];
  const { place, descriptor } = await image();
  const verify = async () => verifySignatures(await place(), [descriptor], { keys: [a] });
  await expect(verify()).rejects.toMatchObject({ code: 'TRUST_UNSIGNED' });
  await signImage(await place(), b);
  await expect(verify()).rejects.toMatchObject({ code: 'TRUST_KEY_UNKNOWN' });

  const other = digestOf('another image');
  const moved = taggedSignatures(descriptor.digest, [], signSimply(other, 'registry.example/shop', a));
  await attachToStore(store, [moved]);
  await expect(verify()).rejects.toMatchObject({ code: 'TRUST_SIGNATURE_INVALID' });
  await expect(verify()).rejects.toThrow(other);

  const envelope = signStatement(statement(descriptor.digest, imageSignaturePredicate, {}), a);
  const forged = {
    ...envelope,
    payload: Buffer.from(JSON.stringify(statement(descriptor.digest, imageSignaturePredicate, 1))).toString('base64'),
  };
  await attachToStore(store, [bundleReferrer(descriptor, forged, a)]);
  await expect(verify()).rejects.toThrow(/was altered/);

  // A good one beside them is enough: whoever can write there can add bad ones.
  await attachToStore(store, [bundleReferrer(descriptor, envelope, a)]);
  expect((await verify()).keys).toMatchObject([{ source: 'a.pub', form: 'bundle' }]);
});

test('a statement about something else is no signature of the image', async () => {
  const key = await newSigningKey('a.pub');
  const { place, descriptor } = await image();
  const envelope = signStatement(statement(descriptor.digest, 'https://slsa.dev/provenance/v1', {}), key);
  await attachToStore(store, [bundleReferrer(descriptor, envelope, key)]);
  expect(await store.attachments()).toHaveLength(1);
  const broken = referrer(descriptor, JSON.parse(String(bundleOf(envelope, key))).mediaType, Buffer.from('{"x":'));
  await expect(verifySignatures(await place(), [descriptor], { keys: [key] })).rejects.toMatchObject({
    code: 'TRUST_UNSIGNED',
  });
  await attachToStore(store, [broken]);
  await expect(verifySignatures(await place(), [descriptor], { keys: [key] })).rejects.toMatchObject({
    code: 'TRUST_SIGNATURE_INVALID',
  });
});

test('the policy: what it lets through, and what it says', async () => {
  const [a, b] = [await newSigningKey('a.pub'), await newSigningKey('b.pub')];
  const { loaded, place } = await image();
  const said: string[] = [];
  const outcome = async (policy: TrustPolicy, keys = [a]) => {
    const settings = { policy, keys, required: 1 };
    const emit = (event: { type: string; text?: string }) => void said.push(event.text ?? '');
    return await requireTrusted(store, loaded, settings, emit).then(
      ({ status }) => status,
      (cause: { code: string }) => cause.code,
    );
  };
  expect(await outcome('always')).toBe('TRUST_UNSIGNED');
  expect(await outcome('always', [])).toBe('TRUST_NO_KEYS');
  expect(await outcome('if-signed')).toBe('unsigned');
  expect(said.at(-1)).toContain('is not signed');
  await signImage(await place(), b);
  expect(await outcome('if-signed', [])).toBe('signed');
  expect(await outcome('if-signed')).toBe('TRUST_KEY_UNKNOWN');
  expect(await outcome('never')).toBe('not-asked');
  expect(await outcome('always', [b])).toBe('verified');
});

test('a config that is not the one of the signed digest is refused', async () => {
  const key = await newSigningKey('a.pub');
  const { loaded, place } = await image();
  await signImage(await place(), key);
  await writeFile(store.blobPath(loaded.manifest.config.digest), '{"changed":true}');
  const settings = { policy: 'always' as const, keys: [key], required: 1 };
  await expect(requireTrusted(store, loaded, settings)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
});

test('signatures live as long as their image, under whatever name, and are no images', async () => {
  const key = await newSigningKey('a.pub');
  const { loaded, descriptor, place } = await image();
  await signImage(await place(), key);
  await store.setName('other:1.0', descriptor);
  await store.remove('shop:1.0');
  expect((await store.list()).map(({ name }) => name)).toEqual(['docker.io/library/other:1.0']);
  expect((await store.attachments()).length).toBe(2);
  expect(await store.collectGarbage()).toEqual([]);
  await store.remove(loaded.digest);
  expect(await store.attachments()).toEqual([]);
  expect(await store.collectGarbage()).toEqual([]);
});

test('a Clusterfile says it, with keys beside it, and keeps it', () => {
  const text = (trust: string) =>
    `apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: c}\nspec:\n  image: shop:1\n  trust: ${trust}\n  hosts: [{ips: [10.0.0.1], roles: [master]}]\n`;
  const cluster = parseClusterfile(text('{policy: always, keys: [vendor.pub], required: 1}'), '/etc/shop/Clusterfile');
  expect(cluster.trust).toEqual({ policy: 'always', keys: ['/etc/shop/vendor.pub'], required: 1 });
  expect(parseClusterfile(serializeCluster(cluster), 'elsewhere').trust).toEqual(cluster.trust);
  for (const wrong of ['{policy: sometimes}', '{key: a}', '{required: 0}', 'always'])
    expect(() => parseClusterfile(text(wrong), 'Clusterfile'), wrong).toThrow(/has 1 error/);
});

test('settings: the stricter policy, keys of one place, every mistake named', async () => {
  const home = join(folder.path, 'home');
  await mkdir(join(home, 'trusted-keys'), { recursive: true });
  const [a, b] = [await newSigningKey('a'), await newSigningKey('b')];
  const pem = ({ key }: PrivateKey) => String(key.export({ type: 'spki', format: 'pem' }));
  await writeFile(join(home, 'trusted-keys', 'a.pub'), pem(a));
  await writeFile(join(home, 'trusted-keys', 'README'), 'no key');
  expect(await trustSettings(home)).toMatchObject({ policy: 'if-signed', required: 1, keys: [{ id: a.id }] });
  await writeFile(join(home, 'config.yaml'), 'trust:\n  policy: always\n  required: 2\n');
  const cluster = { policy: 'never', keys: [pem(b)] } as const;
  expect(await trustSettings(home, cluster)).toMatchObject({ policy: 'always', required: 2, keys: [{ id: b.id }] });
  expect(await trustSettings(home, cluster, { policy: 'never' })).toMatchObject({ policy: 'never', keys: [] });
  for (const text of [
    'trust: 1',
    'trust: {policy: maybe}',
    'trust: {keys: x}',
    'trusted: {}',
    'trust: {key: []}',
    'a: [',
    'trust: {required: 0}',
  ]) {
    await writeFile(join(home, 'config.yaml'), text);
    await expect(trustSettings(home), text).rejects.toMatchObject({ code: 'TRUST_SETTINGS_INVALID' });
  }
  await writeFile(join(home, 'config.yaml'), 'trust: {keys: [missing.pub]}');
  await expect(trustSettings(home)).rejects.toMatchObject({ code: 'TRUST_KEY_INVALID' });
});
