/** Registries, and proxies before them, that answer an upload otherwise than in the book: the push goes on as the specification and other clients have it. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import { putTestClusterImage } from '../testing/cluster-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { pushImage } from './push-image.js';
import { createRegistryClient, type RegistryClient } from './registry-client.js';

// What is waited for between attempts is the matter of retry.test.ts.
vi.mock('./retry.js', async (original) => ({ ...(await original<object>()), backOff: async () => undefined }));

type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

const MB = 1_000_000;
const large = randomBytes(9 * MB);
const small = randomBytes(6 * MB);
let registry: FakeRegistry;
let client: RegistryClient;
let fault: Fault | undefined;
const failure = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) });

beforeEach(async () => {
  fault = undefined;
  registry = await FakeRegistry.start({ intercept: (request, response) => fault?.(request, response) ?? false });
  client = createRegistryClient({ baseUrl: registry.url });
});
afterEach(async () => {
  await client.close();
  await registry[Symbol.asyncDispose]();
});

/** Uploads, and says how many bytes were counted. */
async function upload(bytes: Buffer, to = client): Promise<number> {
  let counted = 0;
  const content = (start = 0) => Readable.from(pieces(bytes.subarray(start)), { objectMode: false });
  const onBytes = (count: number) => {
    counted += count;
  };
  expect(await to.uploadBlob('team/shop', digestOf(bytes), bytes.length, content, { onBytes })).toBe(true);
  return counted;
}
function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += MB) yield bytes.subarray(at, at + MB);
}
const isUpload = ({ url = '' }: IncomingMessage) => url.includes('/blobs/uploads/');
/** Takes the whole request in before it answers, as a gateway does. */
function afterwards(request: IncomingMessage, answer: () => void): true {
  request.resume().on('end', answer);
  return true;
}
/** The registry does as it is told, and its answer is replaced. */
function answerLost(response: ServerResponse, instead: (raw: ServerResponse['writeHead']) => void): false {
  const raw = response.writeHead.bind(response);
  response.writeHead = ((...words: Parameters<ServerResponse['writeHead']>) => {
    response.writeHead = raw;
    instead(raw);
    void words;
    return response;
  }) as ServerResponse['writeHead'];
  return false;
}
const cut = (response: ServerResponse) => () => void response.socket?.destroy();
const status = (code: number) => (raw: ServerResponse['writeHead']) => void raw(code);

describe('mounting a blob', () => {
  const digest = digestOf('x');
  test.each([
    ['401', (response: ServerResponse) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()],
    ['401 without a challenge', (response: ServerResponse) => response.writeHead(401).end()],
    ['403', (response: ServerResponse) => response.writeHead(403).end()],
    ['404', (response: ServerResponse) => response.writeHead(404).end()],
    ['405', (response: ServerResponse) => response.writeHead(405).end()],
    ['400', (response: ServerResponse) => response.writeHead(400).end('{"errors":[{"code":"UNSUPPORTED"}]}')],
    ['202 without a Location', (response: ServerResponse) => response.writeHead(202).end()],
    ['200', (response: ServerResponse) => response.writeHead(200).end()],
  ])('answered by %s: the bytes are sent', async (_name, answer) => {
    fault = ({ url }, response) => {
      if (!url?.includes('mount=')) return false;
      answer(response);
      return true;
    };
    registry.blobs.set(digest, Buffer.from('x'));
    expect(await client.mountBlob('team/shop', digest, 'other/shop')).toBe(false);
    expect(await upload(small)).toBe(small.length);
  });

  test('is not asked for again where it was refused', async () => {
    fault = ({ url }, response) => {
      if (url?.includes('mount=')) response.writeHead(403).end();
      return url?.includes('mount=') ?? false;
    };
    for (const name of ['x', 'y', 'z']) expect(await client.mountBlob('a', digestOf(name), 'b')).toBe(false);
    expect(registry.requests).toHaveLength(1);
  });
});

describe.each([
  ['large', large],
  ['small', small],
])('the commit of a %s blob', (_size, bytes) => {
  test.each([
    ['504', status(504)],
    ['502', status(502)],
    ['500', status(500)],
    ['404', status(404)],
    ['409', status(409)],
    ['200', status(200)],
  ])('that was stored, answered by %s', async (_name, instead) => {
    let commits = 0;
    fault = ({ method }, response) => (method === 'PUT' && commits++ === 0 ? answerLost(response, instead) : false);
    expect(await upload(bytes)).toBe(bytes.length);
    expect(commits).toBe(1);
    expect(registry.blobs.get(digestOf(bytes))?.equals(bytes)).toBe(true);
  });

  test('that was stored, and the connection cut', async () => {
    let commits = 0;
    fault = ({ method }, response) =>
      method === 'PUT' && commits++ === 0 ? answerLost(response, cut(response)) : false;
    expect(await upload(bytes)).toBe(bytes.length);
    expect(commits).toBe(1);
  });

  test('that was not stored, and never is: what the registry says about it is quoted', async () => {
    fault = (request, response) => {
      if (request.method !== 'PUT') return false;
      return afterwards(request, () =>
        response.writeHead(503).end('{"errors":[{"code":"UNAVAILABLE","message":"disk"}]}'),
      );
    };
    await expect(upload(bytes)).rejects.toEqual(failure('REGISTRY_REFUSED', 'status 503: UNAVAILABLE disk'));
  });
});

describe('requests that are too large', () => {
  test.each([
    [413, 4 * 1024 * 1024, large],
    [413, 1_200_000, large],
    [413, 4 * 1024 * 1024, small],
    [416, 4 * 1024 * 1024, large],
    [416, 300_000, small],
  ])('are answered by %s above %s bytes: smaller ones are sent', async (code, most, bytes) => {
    const sizes: number[] = [];
    fault = (request, response) => {
      const length = Number(request.headers['content-length'] ?? 0);
      if (!isUpload(request) || length <= most) {
        if (request.method === 'PATCH') sizes.push(length);
        return false;
      }
      response.writeHead(code, { connection: 'close' }).end();
      return true;
    };
    expect(await upload(bytes)).toBe(bytes.length);
    expect(registry.blobs.get(digestOf(bytes))?.equals(bytes)).toBe(true);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
    // The next one is not tried as a whole again.
    sizes.length = 0;
    const other = Buffer.concat([bytes, Buffer.from('1')]);
    expect(await upload(other)).toBe(other.length);
  });

  test('a piece is as large as the registry wants it at least', async () => {
    const sizes: number[] = [];
    fault = (request, response) => {
      const length = Number(request.headers['content-length'] ?? 0);
      if (request.method === 'POST') response.setHeader('oci-chunk-min-length', String(5 * MB));
      if (request.method === 'PATCH') sizes.push(length);
      if (length <= 8 * MB) return false;
      response.writeHead(413).end();
      return true;
    };
    await expect(upload(large)).rejects.toEqual(failure('REGISTRY_REFUSED', 'status 413'));
    sizes.length = 0;
    fault = (request, response) => {
      const length = Number(request.headers['content-length'] ?? 0);
      if (request.method === 'POST') response.setHeader('oci-chunk-min-length', String(3 * MB));
      if (request.method === 'PATCH') sizes.push(length);
      if (length <= 5 * MB) return false;
      response.writeHead(413).end();
      return true;
    };
    expect(await upload(large)).toBe(large.length);
    expect(sizes.at(-2)).toBe(4 * 1024 * 1024);
  });

  test('a registry that takes no pieces at all gets one PUT', async () => {
    fault = (request, response) => {
      if (request.method !== 'PATCH') return false;
      return afterwards(request, () => response.writeHead(416).end());
    };
    expect(await upload(large)).toBe(large.length);
  });

  test('a connection that is cut as soon as a request is large', async () => {
    let cuts = 0;
    fault = (request) => {
      if (request.method !== 'PATCH' || Number(request.headers['content-length']) <= 8 * 1024 * 1024) return false;
      cuts += 1;
      request.socket.destroy();
      return true;
    };
    expect(await upload(large)).toBe(large.length);
    expect(cuts).toBe(2);
  });
});

describe('where an upload goes on', () => {
  test.each([
    ['relative', (path: string) => path],
    ['absolute', (path: string) => `${registry.url}${path}`],
    ['with a query', (path: string) => `${path}&more=a%2Fb&empty=`],
    ['relative to the request', (path: string) => path.slice(path.lastIndexOf('/') + 1)],
  ])('a Location that is %s', async (_name, change) => {
    fault = ({ method }, response) => {
      const raw = response.writeHead.bind(response);
      response.writeHead = ((code: number, headers: Record<string, string> = {}) => {
        const location = headers.location && method === 'POST' ? { location: change(headers.location) } : {};
        return raw(code, { ...headers, ...location });
      }) as ServerResponse['writeHead'];
      return false;
    };
    expect(await upload(small)).toBe(small.length);
    expect(await upload(large)).toBe(large.length);
  });

  test('a PATCH of which less was taken than was sent', async () => {
    let patches = 0;
    fault = (request, response) => {
      if (request.method !== 'PATCH' || patches++ > 0) return false;
      // It takes four megabytes of all, and says so.
      const headers = { ...request.headers, 'content-length': '4000000' };
      const taken: Buffer[] = [];
      request.on('data', (piece: Buffer) => taken.push(piece));
      request.on('end', () => {
        const part = Buffer.concat(taken).subarray(0, 4 * MB);
        const own = { method: 'PATCH', headers };
        fetch(`${registry.url}${request.url}`, { ...own, body: new Uint8Array(part), headers: {} }).then((answer) => {
          const [location = '', range = ''] = ['location', 'range'].map((name) => answer.headers.get(name) ?? '');
          response.writeHead(202, { location, range }).end();
        });
      });
      return true;
    };
    expect(await upload(large)).toBe(large.length);
    expect(registry.blobs.get(digestOf(large))?.equals(large)).toBe(true);
  });

  test('a PATCH of which more was taken than was sent begins anew', async () => {
    let patches = 0;
    fault = (request, response) => {
      if (request.method !== 'PATCH' || patches++ > 0) return false;
      return afterwards(request, () => {
        response.writeHead(202, { location: `${request.url}`, range: `0-${large.length}` }).end();
      });
    };
    expect(await upload(large)).toBe(large.length);
  });

  test('an upload that the registry moves with 307 takes the body along', async () => {
    fault = ({ method, url = '' }, response) => {
      if (!url.includes('/uploads/') || url.includes('moved') || method === 'GET' || method === 'HEAD') return false;
      response.writeHead(307, { location: `${url}${url.includes('?') ? '&' : '?'}moved=1` }).end();
      return true;
    };
    expect(await upload(small)).toBe(small.length);
    expect(await upload(large)).toBe(large.length);
  });

  test.each(['POST', 'PATCH', 'PUT', 'HEAD'])('429 with Retry-After for %s', async (method) => {
    let left = 2;
    fault = (request, response) => {
      if (request.method !== method || left-- <= 0) return false;
      return afterwards(request, () => response.writeHead(429, { 'retry-after': '0' }).end());
    };
    expect(await upload(large)).toBe(large.length);
  });
});

test('a HEAD that lies about a blob, or about its size, does not lose it', async () => {
  await using folder = await temporaryDirectory();
  const store = await openStore(join(folder.path, 'store'));
  const name = `127.0.0.1:${registry.port}/team/shop:1`;
  const { manifest } = await putTestClusterImage(store, { name });
  const [layer] = manifest.layers;
  fault = (request, response) => {
    if (request.method === 'HEAD' && request.url?.includes(`/blobs/${layer!.digest}`)) {
      response.writeHead(200, { 'content-length': layer!.size }).end();
      return true;
    }
    const lacks =
      request.method === 'PUT' && request.url?.includes('/manifests/') && !registry.blobs.has(layer!.digest);
    if (lacks) afterwards(request, () => response.writeHead(404).end('{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}'));
    return lacks ?? false;
  };
  const access = { sealerHome: folder.path, plainHttp: true };
  await pushImage(store, name, access);
  expect(registry.blobs.has(layer!.digest)).toBe(true);
  registry.blobs.set(layer!.digest, Buffer.from('cut'));
  registry.manifests.clear();
  fault = undefined;
  await pushImage(store, name, access);
  expect(registry.blobs.get(layer!.digest)?.length).toBe(layer!.size);
});

describe('a manifest', () => {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [] }));
  test.each([
    ['504', status(504)],
    ['200', status(200)],
    ['409 at the second attempt, for a tag that does not change', undefined],
  ])('that was stored, answered by %s', async (_name, instead) => {
    let puts = 0;
    fault = ({ method }, response) => {
      if (method !== 'PUT') return false;
      puts += 1;
      if (instead) return answerLost(response, instead);
      if (puts === 1) return answerLost(response, cut(response));
      response.writeHead(409).end('{"errors":[{"code":"TAG_IMMUTABLE"}]}');
      return true;
    };
    expect(await client.putManifest('team/shop', '1', mediaTypes.ociManifest, bytes)).toBe(digestOf(bytes));
    expect(registry.manifests.has('team/shop:1')).toBe(true);
  });

  test('that was refused is refused, also where another stands under the tag', async () => {
    await client.putManifest('team/shop', '1', mediaTypes.ociManifest, Buffer.from('{"schemaVersion":2}'));
    fault = ({ method }, response) => {
      if (method === 'PUT') response.writeHead(409).end('{"errors":[{"code":"TAG_IMMUTABLE"}]}');
      return method === 'PUT';
    };
    const put = client.putManifest('team/shop', '1', mediaTypes.ociManifest, bytes);
    await expect(put).rejects.toEqual(failure('REGISTRY_REFUSED', 'TAG_IMMUTABLE'));
  });
});
