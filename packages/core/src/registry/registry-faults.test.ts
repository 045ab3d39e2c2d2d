/** Registries that lie, break, hang, or are something else: each is refused with an error of its own, or survived. */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import { Secret } from '../secrets/secret.js';
import type { ByteSink } from '../store/byte-sink.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { pullImage } from './pull-image.js';
import { createRegistryClient, type RegistryClientOptions } from './registry-client.js';

// What is waited for between attempts is the matter of retry.test.ts.
vi.mock('./retry.js', async (original) => ({ ...(await original<object>()), backOff: async () => undefined }));

const failure = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) });
const bytes = randomBytes(3_000_000);
const blob = { digest: digestOf(bytes), size: bytes.length };
type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A registry that answers as told, and a client for it. */
async function broken(intercept: Fault, options: Partial<RegistryClientOptions> = {}) {
  const registry = await FakeRegistry.start({ intercept });
  const client = createRegistryClient({ baseUrl: registry.url, ...options });
  const close = async () => {
    await client.close();
    await registry[Symbol.asyncDispose]();
  };
  return { registry, client, [Symbol.asyncDispose]: close };
}
const page: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>please log in</html>');
  return true;
};

test('a connection that drops again and again, anywhere, is gone on with', async () => {
  let cuts = 0;
  await using setting = await broken((request, response) => {
    if (cuts >= 20) return false;
    const start = Number(/=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const most = Math.min(1 + ((cuts * 7919 + 131) % 90_000), bytes.length - start);
    cuts++;
    response.writeHead(start ? 206 : 200, { 'content-length': bytes.length - start });
    response.write(bytes.subarray(start, start + most), () => setTimeout(() => response.destroy(), 5));
    return true;
  });
  setting.registry.blobs.set(blob.digest, bytes);
  expect(digestOf(await buffer(setting.client.getBlob('a', blob)))).toBe(blob.digest);
  expect(setting.registry.requests.length).toBe(21);
}, 20_000);

test('a page in place of a registry is named as one', async () => {
  await using setting = await broken(page);
  const { client } = setting;
  const isPage = failure('REGISTRY_PROTOCOL', 'HTML page');
  await expect(client.ping()).rejects.toEqual(isPage);
  await expect(client.getManifest('a', '1')).rejects.toEqual(isPage);
  await expect(buffer(client.getBlob('a', blob))).rejects.toEqual(isPage);
  await expect(client.listTags('a')).rejects.toEqual(isPage);
});

test.each([
  ['another size', { 'content-length': '17' }, 'x'.repeat(17), 'BLOB_SIZE_MISMATCH'],
  ['more than promised', {}, Buffer.concat([bytes, bytes]), 'BLOB_SIZE_MISMATCH'],
  ['other bytes', {}, Buffer.from(bytes).fill(1, 1000, 1001).fill(2, 2000, 2001), 'BLOB_DIGEST_MISMATCH'],
])('a blob of %s is refused', async (_name, headers, body, code) => {
  await using setting = await broken((_request, response) => {
    response.writeHead(200, headers).end(body);
    return true;
  });
  await expect(buffer(setting.client.getBlob('a', blob))).rejects.toEqual(failure(code));
  await using folder = await temporaryDirectory();
  const store = await openStore(folder.path);
  const content = (start: number, sink: ByteSink) => setting.client.getBlobFrom('a', blob, start, sink);
  await expect(store.putBlob(blob, content)).rejects.toEqual(failure(code));
  expect(await store.hasBlob(blob.digest)).toBe(false);
});

test('another part than the one asked for is refused', async () => {
  let first = true;
  await using setting = await broken((_request, response) => {
    if (first) {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1000), () => setTimeout(() => response.destroy(), 5));
    } else response.writeHead(206, { 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` }).end(bytes);
    first = false;
    return true;
  });
  await expect(buffer(setting.client.getBlob('a', blob))).rejects.toEqual(failure('REGISTRY_PROTOCOL', 'from 0 on'));
});

test.each([
  ['by another digest in the header', '1', 'BLOB_DIGEST_MISMATCH'],
  ['of another digest', digestOf('something else'), 'BLOB_DIGEST_MISMATCH'],
])('a manifest %s is refused', async (_name, reference, code) => {
  await using setting = await broken((_request, response) => {
    const headers = { 'content-type': mediaTypes.ociManifest, 'docker-content-digest': digestOf('other') };
    response.writeHead(200, headers).end('{"schemaVersion":2}');
    return true;
  });
  await expect(setting.client.getManifest('a', reference)).rejects.toEqual(failure(code));
});

test('a manifest without end, or announced as huge, is not read', async () => {
  let sent = 0;
  await using setting = await broken((request, response) => {
    const announced = request.url?.endsWith('huge') ? { 'content-length': '5000000000' } : {};
    response.writeHead(200, { 'content-type': mediaTypes.ociManifest, ...announced });
    const endless = Readable.from(
      (function* () {
        for (;;) {
          sent += 65536;
          yield Buffer.alloc(65536, 32);
        }
      })(),
    );
    endless.pipe(response);
    response.on('close', () => endless.destroy());
    return true;
  });
  await expect(setting.client.getManifest('a', 'endless')).rejects.toEqual(failure('BLOB_TOO_LARGE', 'a:endless'));
  await expect(setting.client.getManifest('a', 'huge')).rejects.toEqual(failure('BLOB_TOO_LARGE'));
  await expect(setting.client.listTags('a')).rejects.toEqual(failure('BLOB_TOO_LARGE'));
  expect(sent).toBeLessThan(40_000_000);
});

test('an error of a gigabyte is quoted by its beginning', async () => {
  await using setting = await broken((_request, response) => {
    response.writeHead(418, { 'content-length': '1000000000' });
    response.write(`teapot ${'x'.repeat(40_000)}`);
    return true;
  });
  const refusal = await setting.client.getManifest('a', '1').catch((cause: Error) => cause);
  expect(refusal).toEqual(failure('REGISTRY_REFUSED', 'status 418: teapot'));
  expect((refusal as Error).message.length).toBeLessThan(500);
});

test('silence is not waited for without end', async () => {
  const silence = { headers: 300, body: 300 };
  const hang: Fault = (request, response) => {
    if (request.url?.includes('/manifests/')) return true;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 100));
    return true;
  };
  await using setting = await broken(hang, { silence });
  await expect(setting.client.getManifest('a', '1')).rejects.toEqual(failure('REGISTRY_UNREACHABLE', 'silent'));
  // Servers that give all of it again each time make no progress either.
  await expect(buffer(setting.client.getBlob('a', blob))).rejects.toEqual(failure('REGISTRY_UNREACHABLE', 'silent'));
}, 20_000);

test('redirects in circles, and out of a tunnel, are refused', async () => {
  await using setting = await broken((request, response) => {
    response.writeHead(307, { location: request.url }).end();
    return true;
  });
  await expect(setting.client.getManifest('a', '1')).rejects.toEqual(failure('REGISTRY_PROTOCOL', 'circles'));
  await using other = await broken((_request, response) => {
    response.writeHead(307, { location: 'http://elsewhere.example/x' }).end();
    return true;
  });
  const { port } = other.registry;
  const options = { baseUrl: 'http://sea.hub:5000', connect: async () => connect(port, '127.0.0.1') };
  const tunnelled = createRegistryClient(options);
  await expect(tunnelled.getManifest('a', '1')).rejects.toEqual(failure('REGISTRY_PROTOCOL', 'elsewhere.example'));
  await tunnelled.close();
});

test.each(['file:///etc/passwd', 'http://[', 'ftp://elsewhere.example/x'])(
  'a redirect to %s is refused',
  async (location) => {
    await using setting = await broken(({ method }, response) => {
      response.writeHead(method === 'POST' ? 202 : 307, { location }).end();
      return true;
    });
    await expect(setting.client.getManifest('a', '1')).rejects.toEqual(
      failure('REGISTRY_PROTOCOL', 'not an http address'),
    );
    await expect(buffer(setting.client.getBlob('a', blob))).rejects.toEqual(failure('REGISTRY_PROTOCOL'));
    const upload = setting.client.uploadBlob('a', blob.digest, 1, () => Readable.from(['x']), { known: 'missing' });
    await expect(upload).rejects.toEqual(failure('REGISTRY_PROTOCOL'));
  },
);

test('an upload that is sent on to another host takes no credentials along', async () => {
  const seen: (string | undefined)[] = [];
  await using storage = await broken((request, response) => {
    seen.push(request.headers.authorization);
    request.resume().on('end', () => response.writeHead(201).end());
    return true;
  });
  await using setting = await broken(
    (request, response) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else if (!request.headers.authorization) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(202, { location: `${storage.registry.url}/put?key=1` }).end();
      return true;
    },
    { credentials: { username: 'ops', password: new Secret('pw') } },
  );
  const small = Buffer.from('small');
  await setting.client.uploadBlob('a', digestOf(small), small.length, () => Readable.from([small]));
  expect(seen).toEqual([undefined]);
});

test.each([
  ['no JSON', '<html>', 'without a token'],
  ['no token', '{"token": ""}', 'without a token'],
  ['a megabyte', `{"x":"${'y'.repeat(1_000_000)}"`, 'without a token'],
])('a token server that answers with %s is named', async (_name, body, text) => {
  await using tokens = await broken((_request, response) => {
    response.writeHead(200).end(body);
    return true;
  });
  await using setting = await broken((_request, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.registry.url}/token"` }).end();
    return true;
  });
  await expect(setting.client.ping()).rejects.toEqual(failure('REGISTRY_PROTOCOL', text));
});

test('a token realm that is no http address gets no credentials', async () => {
  await using setting = await broken((_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="file:///etc/passwd"' }).end();
    return true;
  });
  await expect(setting.client.ping()).rejects.toEqual(failure('REGISTRY_PROTOCOL', 'file:///etc/passwd'));
});

test('Retry-After is obeyed by all requests, and told; an hour is not waited', async () => {
  const events: SealerEvent[] = [];
  const times: number[] = [];
  let limited = 0;
  await using setting = await broken(
    (_request, response) => {
      times.push(Date.now());
      if (limited > 0) return false;
      limited++;
      response.writeHead(429, { 'retry-after': '2' }).end();
      return true;
    },
    { emit: (event) => events.push(event) },
  );
  setting.registry.blobs.set(blob.digest, bytes);
  const first = setting.client.headBlob('a', blob.digest);
  await new Promise((next) => setTimeout(next, 300));
  await Promise.all([first, setting.client.headBlob('b', blob.digest)]);
  expect(times.length).toBe(3);
  expect(times[1]! - times[0]!).toBeGreaterThan(1_900);
  expect(times[2]! - times[0]!).toBeGreaterThan(1_900);
  expect(events).toEqual([
    expect.objectContaining({
      type: 'message',
      code: 'REGISTRY_RATE_LIMITED',
      text: expect.stringContaining('wait 2 s'),
    }),
  ]);
  await using closed = await broken((_request, response) => {
    response.writeHead(429, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }).end();
    return true;
  });
  await expect(closed.client.ping()).rejects.toEqual(failure('REGISTRY_RATE_LIMITED', '360'));
});

test.each([
  ['no JSON', mediaTypes.ociManifest, '{"schemaVersion":', 'not JSON'],
  ['an index served as a manifest', mediaTypes.ociManifest, '{"schemaVersion":2,"manifests":[]}', 'served as'],
  [
    'something else',
    mediaTypes.ociManifest,
    '{"schemaVersion":2,"mediaType":"text/x","config":{"mediaType":"a/b","digest":"sha256:%","size":1},"layers":[]}',
    'media type is text/x',
  ],
  ['a number', mediaTypes.ociIndex, '7', 'not a JSON object'],
])('an image whose manifest is %s is not pulled', async (_name, mediaType, text, reason) => {
  const body = text.replace('%', createHash('sha256').update('').digest('hex'));
  await using setting = await broken((_request, response) => {
    response.writeHead(200, { 'content-type': mediaType }).end(body);
    return true;
  });
  await using folder = await temporaryDirectory();
  const store = await openStore(join(folder.path, 'store'));
  const name = `127.0.0.1:${setting.registry.port}/a:1`;
  const access = { sealerHome: folder.path, plainHttp: true };
  await expect(pullImage(store, name, access)).rejects.toEqual(failure('IMAGE_MANIFEST_INVALID', reason));
  expect(await store.list()).toEqual([]);
});

test('pages in circles, or on another host, are refused', async () => {
  await using setting = await broken((request, response) => {
    const next = request.url?.includes('/far/')
      ? 'http://elsewhere.example/v2/far/tags/list'
      : '/v2/a/tags/list?last=x';
    response.setHeader('link', `<${next}>; rel="next"`);
    response.end('{"tags":["x"]}');
    return true;
  });
  await expect(setting.client.listTags('a')).rejects.toEqual(failure('REGISTRY_PROTOCOL', 'last=x'));
  await expect(setting.client.listTags('far')).rejects.toEqual(failure('REGISTRY_PROTOCOL', 'elsewhere.example'));
});

test('what has arrived is kept for the next process', async () => {
  const ranges: (string | undefined)[] = [];
  let whole = false;
  await using setting = await broken((request, response) => {
    ranges.push(request.headers.range);
    if (whole) return false;
    const start = Number(/=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start ? 206 : 200, { 'content-length': bytes.length - start });
    // Nothing more than two megabytes ever comes.
    response.write(bytes.subarray(start, 2_000_000), () => setTimeout(() => response.destroy(), 20));
    if (start >= 2_000_000) response.destroy();
    return true;
  });
  setting.registry.blobs.set(blob.digest, bytes);
  await using folder = await temporaryDirectory();
  const content = (start: number, sink: ByteSink) => setting.client.getBlobFrom('a', blob, start, sink);
  await expect((await openStore(folder.path)).putBlob(blob, content)).rejects.toEqual(failure('REGISTRY_UNREACHABLE'));
  whole = true;
  const store = await openStore(folder.path);
  let kept = 0;
  const onKept = (count: number) => {
    kept += count;
  };
  await store.putBlob(blob, content, { onKept });
  expect(await store.hasBlob(blob.digest)).toBe(true);
  expect(kept).toBeGreaterThan(1_000_000);
  expect(ranges.at(-1)).toBe(`bytes=${kept}-`);
}, 30_000);

test.each([1_000_000, 20_000_000])(
  'an upload of %s bytes that is refused before it is read quotes why',
  async (size) => {
    const large = randomBytes(size);
    const digest = digestOf(large);
    let refuse = true;
    await using setting = await broken((request, response) => {
      if (!refuse || !/^(PUT|PATCH)$/.test(request.method ?? '')) return false;
      response.writeHead(413, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: 'the quota of team is used up' }] }));
      return true;
    });
    const content = () => Readable.from([large], { objectMode: false });
    const upload = async () => await setting.client.uploadBlob('a', digest, size, content);
    await expect(upload()).rejects.toEqual(failure('REGISTRY_REFUSED', 'the quota of team is used up'));
    refuse = false;
    expect(await upload()).toBe(true);
  },
);

test('a body shorter than was said is noticed, not waited for', async () => {
  await using setting = await broken(() => false);
  const content = () => Readable.from([bytes.subarray(0, 1000)], { objectMode: false });
  await expect(setting.client.uploadBlob('a', blob.digest, blob.size, content)).rejects.toThrow('less than was said');
});
