/** Tokens where the registry, or what stands before it, has a mind of its own about scopes, realms and how long they last. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { digestOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import { Secret } from '../secrets/secret.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { createRegistryClient } from './registry-client.js';

vi.mock('./retry.js', async (original) => ({ ...(await original<object>()), backOff: async () => undefined }));

const failure = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) });
const credentials = { username: 'ops', password: new Secret('correct horse') };
const basic = `Basic ${Buffer.from('ops:correct horse').toString('base64')}`;

interface Realm {
  /** What a request is asked to bring. */
  scope?: (request: IncomingMessage) => string;
  /** Whether a scope is given out. */
  gives?: (scope: string) => boolean;
  /** Answers the token request itself; true when it did. */
  token?: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
  /** Whether a request is let in with its token. */
  admits?: (token: string, request: IncomingMessage) => boolean;
}

/** A registry with bearer tokens that name the scope they are for. */
async function withTokens(realm: Realm) {
  const asked: string[] = [];
  const registry: FakeRegistry = await FakeRegistry.start({
    intercept: (request, response) => {
      const url = new URL(request.url ?? '', registry.url);
      if (url.pathname === '/token') {
        if (realm.token?.(request, response, url)) return true;
        const scope = url.searchParams.getAll('scope').join(' ');
        asked.push(scope);
        const given = request.headers.authorization === basic && (realm.gives?.(scope) ?? true);
        if (given) response.end(JSON.stringify({ token: `for ${scope}` }));
        else response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"no such repository"}]}');
        return true;
      }
      const scope = realm.scope?.(request) ?? 'repository:any:pull,push';
      const token = request.headers.authorization?.replace('Bearer ', '');
      if (token !== undefined && (realm.admits?.(token, request) ?? token === `for ${scope}`)) return false;
      const challenge = `Bearer realm="${registry.url}/token",service="fake",scope="${scope}"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url, credentials });
  const dispose = async () => {
    await client.close();
    await registry[Symbol.asyncDispose]();
  };
  const upload = async (bytes: Buffer) => {
    let counted = 0;
    const content = (start = 0) => Readable.from([bytes.subarray(start)], { objectMode: false });
    const onBytes = (count: number) => {
      counted += count;
    };
    await client.uploadBlob('shop', digestOf(bytes), bytes.length, content, { onBytes });
    return counted;
  };
  return { registry, client, asked, upload, [Symbol.asyncDispose]: dispose };
}
const manifest = Buffer.from('{"schemaVersion":2,"layers":[]}');

test.each([
  ['gives out what is asked, and admits only its own', () => true],
  ['refuses to give out what it does not know', (scope: string) => scope.includes('inside/')],
])('a proxy that calls its repositories otherwise, and %s', async (_name, gives) => {
  const scope = ({ method }: IncomingMessage) =>
    `repository:inside/shop:${method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push'}`;
  await using setting = await withTokens({ scope, gives });
  const blob = randomBytes(1000);
  expect(await setting.upload(blob)).toBe(blob.length);
  await setting.client.putManifest('shop', '1', mediaTypes.ociManifest, manifest);
  expect((await setting.client.headManifest('shop', '1'))?.digest).toBe(digestOf(manifest));
  expect(await setting.client.mountBlob('shop', digestOf(blob), 'other')).toBe(true);
  expect(setting.asked).toContain('repository:inside/shop:pull,push');
});

test('a challenge without a scope leaves it to what is known', async () => {
  await using setting = await withTokens({ scope: () => '', admits: (token) => token.includes('repository:shop:') });
  expect((await setting.client.headManifest('shop', '1'))?.digest).toBeUndefined();
  expect(setting.asked).toEqual(['repository:shop:pull']);
});

test.each([1000, 9_000_000])('a token that runs out while %s bytes are sent', async (size) => {
  let left = 3;
  await using setting = await withTokens({
    admits: (_token, { method }) => {
      if (method !== 'PUT' && method !== 'PATCH') return true;
      return --left !== 1;
    },
  });
  const blob = randomBytes(size);
  expect(await setting.upload(blob)).toBe(size);
  expect(setting.registry.blobs.get(digestOf(blob))?.equals(blob)).toBe(true);
});

test.each([301, 302, 303, 307, 308])('a realm that has moved on its server (%s)', async (status) => {
  const token: Realm['token'] = (_request, response, url) => {
    if (url.searchParams.has('moved')) return false;
    response.writeHead(status, { location: `/token${url.search}&moved=1` }).end();
    return true;
  };
  await using setting = await withTokens({ token });
  expect(await setting.client.headManifest('shop', '1')).toBeUndefined();
});

test('user and password do not follow a realm to another server', async () => {
  const seen: (string | undefined)[] = [];
  await using other = await FakeRegistry.start({
    intercept: (request, response) => {
      seen.push(request.headers.authorization);
      response.end('{"token":"anonymous"}');
      return true;
    },
  });
  const away: Realm['token'] = (_request, response) => {
    response.writeHead(307, { location: `${other.url}/token` }).end();
    return true;
  };
  await using setting = await withTokens({ token: away, admits: (token) => token === 'anonymous' });
  expect(await setting.client.headManifest('shop', '1')).toBeUndefined();
  expect(seen).toEqual([undefined]);
  const identityToken = new Secret('refresh');
  const refreshed = createRegistryClient({
    baseUrl: setting.registry.url,
    credentials: { username: '', password: identityToken, identityToken },
  });
  await expect(refreshed.headManifest('shop', '1')).rejects.toEqual(failure('REGISTRY_PROTOCOL', 'redirects to'));
  expect(seen).toHaveLength(1);
  await refreshed.close();
});

test.each([
  ['in circles', '/token?again', 'circles'],
  ['to no address', 'http://[', 'redirects to "http://["'],
  ['to a file', 'file:///etc/passwd', 'redirects to "file:'],
])('a realm that redirects %s is named', async (_name, location, text) => {
  const token: Realm['token'] = (_request, response) => {
    response.writeHead(302, { location }).end();
    return true;
  };
  await using setting = await withTokens({ token });
  await expect(setting.client.headManifest('shop', '1')).rejects.toEqual(failure('REGISTRY_PROTOCOL', text));
});
