import { chmod, chown, mkdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import { digestOf } from '../image/digest.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { buildImage } from './build-image.js';
import type { BuildOptions } from './build-options.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
const labels = 'LABEL cluster.alpha.sealer.io/cluster-runtime-type=kubeadm\n';
const code = (value: string) => expect.objectContaining({ code: value });

beforeEach(async () => {
  folder = await temporaryDirectory();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

async function writeFiles(name: string, files: Record<string, string>, kubefile: string): Promise<string> {
  const context = join(folder.path, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(context, path)), { recursive: true });
    await writeFile(join(context, path), text);
  }
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'Kubefile'), kubefile);
  return context;
}

async function build(context: string, options: Partial<BuildOptions> = {}, home = 'home') {
  const store = options.store ?? (await openStore(join(folder.path, home, 'store')));
  const stateDirectory = join(folder.path, home, 'build');
  const built = await buildImage({ context, tag: 'test:1', store, stateDirectory, ...options });
  return { ...built, store, image: await store.open('test:1', options.platforms?.[0]) };
}

/** Names and modes of a layer, as the system's tar sees them. */
function listed(path: string): string[] {
  return execaSync('tar', ['-tvzf', path, '--numeric-owner'], { lines: true }).stdout;
}

describe('the same context gives the same digest', () => {
  const files = { 'b/two': 'second', 'a/one': 'first', 'a/deep/er/three': 'third', run: '#!/bin/sh\n' };
  const kubefile = `FROM scratch\n${labels}COPY . .\nENV A=1 B=2\n`;

  test('whatever time zone, umask, owner, times and order of creation', async () => {
    const first = await writeFiles('first', files, kubefile);
    await chmod(join(first, 'run'), 0o755);
    const one = await build(first, {}, 'one');
    vi.stubEnv('TZ', 'Asia/Tokyo');
    const umask = process.umask(0o077);
    try {
      const reversed = Object.fromEntries(Object.entries(files).reverse());
      const second = await writeFiles('second', reversed, kubefile);
      await chmod(join(second, 'run'), 0o744);
      for (const path of Object.keys(files)) {
        await utimes(join(second, path), 1_000_000, 1_000_000);
        if (process.getuid?.() === 0) await chown(join(second, path), 1234, 1234);
      }
      const two = await build(second, {}, 'two');
      expect(two.digest).toBe(one.digest);
      expect(two.image.config.rootfs[0]?.diffId).toBe(one.image.config.rootfs[0]?.diffId);
    } finally {
      process.umask(umask);
    }
  });

  test('and another when a byte, a name or the executable bit changes', async () => {
    const digests = new Set<string>();
    const context = await writeFiles('context', files, kubefile);
    const again = async () => digests.add((await build(context, { noCache: true })).digest);
    await again();
    await writeFile(join(context, 'a/one'), 'First');
    await again();
    await chmod(join(context, 'a/one'), 0o755);
    await again();
    await rm(join(context, 'b'), { recursive: true });
    await again();
    expect(digests.size).toBe(4);
  });
});

test('a layer is what tar reads: long names, unicode, links, empty folders, modes', async () => {
  const long = `${'d'.repeat(120)}/${'f'.repeat(150)}`;
  const context = await writeFiles('context', { [long]: 'x', 'snö/日本': 'y', 'bin/tool': '#!/bin/sh\n' }, '');
  await mkdir(join(context, 'empty'));
  await symlink('bin/tool', join(context, 'link'));
  await writeFile(
    join(context, 'Kubefile'),
    `FROM scratch\n${labels}COPY . .\nCOPY --chmod=640 --chown=7:8 bin/tool etc/plain\n`,
  );
  const { store, image } = await build(context);
  const [first, second] = image.config.rootfs.map(({ digest }) => listed(store.blobPath(digest)));
  const names = (first ?? []).map((line) => line.split(/\s+/).slice(5).join(' '));
  expect(names).toContain(`${long}`);
  expect(names).toContain('empty/');
  expect(names).toContain('link -> bin/tool');
  expect((first ?? []).join('\n')).toMatch(/sn\\303\\266|snö/);
  expect((second ?? []).find((line) => line.includes('etc/plain'))).toMatch(/^-rw-r----- 7\/8 /);
  // The Kubefile is in the context, and is not copied unless it is named.
  const extracted = join(folder.path, 'extracted');
  await mkdir(extracted);
  execaSync('tar', ['-xzf', store.blobPath(image.config.rootfs[0]!.digest), '-C', extracted]);
  expect(await readFile(join(extracted, long), 'utf8')).toBe('x');
});

test('.sealerignore goes before .dockerignore, and can take back', async () => {
  const kubefile = `FROM scratch\n${labels}COPY . .\n`;
  const context = await writeFiles('context', { 'a.log': '1', 'keep.log': '2', 'c.txt': '3' }, kubefile);
  await writeFile(join(context, '.dockerignore'), 'c.txt\n');
  await writeFile(join(context, '.sealerignore'), '*.log\n!keep.log\n');
  const { store, image } = await build(context);
  const names = listed(store.blobPath(image.config.rootfs[0]!.digest)).map((line) => line.split(/\s+/)[5]);
  expect(names).toContain('keep.log');
  expect(names).toContain('c.txt');
  expect(names).not.toContain('a.log');
});

test('an unchanged rebuild reads no file; a change that times do not show is not missed', async () => {
  const context = await writeFiles('context', { data: 'one' }, `FROM scratch\n${labels}COPY data data\n`);
  const path = join(context, 'data');
  // Old enough to be trusted.
  await utimes(path, 1_000_000, 1_000_000);
  await new Promise((resolve) => setTimeout(resolve, 250));
  const first = await build(context);
  const { atimeNs } = await stat(path, { bigint: true });
  await utimes(path, Number(atimeNs / 1_000_000_000n), 1_000_000);
  const again = await build(context);
  expect(again.digest).toBe(first.digest);
  // Same size, same times: the change time of the inode tells.
  await writeFile(path, 'two');
  await utimes(path, 1_000_000, 1_000_000);
  expect((await build(context)).digest).not.toBe(first.digest);
});

test('platforms that are built together say which of them is meant', async () => {
  const context = await writeFiles('context', { data: 'x'.repeat(100) }, `FROM scratch\n${labels}COPY data data\n`);
  const events: SealerEvent[] = [];
  const emit = (event: SealerEvent) => events.push(event);
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  const titles = () =>
    events.map((event) => (event.type === 'message' ? event.text : event.type === 'progress' ? event.title : ''));
  await build(context, { platforms, emit });
  for (const name of ['[linux/amd64] ', '[linux/arm64] '])
    expect(titles().some((title) => title.startsWith(name) && title.includes('COPY'))).toBe(true);
  expect(titles().every((title) => title.startsWith('[linux/'))).toBe(true);
  events.length = 0;
  await build(context, { platforms: platforms.slice(0, 1), emit });
  expect(titles().some((title) => title.includes('linux'))).toBe(false);
});

test('FROM inherits layers, env, labels and apps, but not what is launched', async () => {
  const base = await writeFiles(
    'base',
    { 'app.yaml': 'kind: Namespace\n', f: '1' },
    `FROM scratch\n${labels}ENV A=base\nCOPY f f\nAPP one local://app.yaml\nLAUNCH ["one"]\n`,
  );
  const parent = await build(base, { tag: 'base:1' }).catch(async (cause) => {
    if ((cause as { code?: string }).code !== 'IMAGE_NOT_FOUND') throw cause;
    return { store: await openStore(join(folder.path, 'home', 'store')) };
  });
  const child = await writeFiles('child', { g: '2' }, 'FROM base:1\nENV B=child\nCOPY g g\n');
  const { image } = await build(child, { store: parent.store });
  expect(image.config).toMatchObject({ env: { A: 'base', B: 'child' }, launch: { apps: [], commands: [] } });
  expect(image.config.apps.map(({ name }) => name)).toEqual(['one']);
  expect(image.config.rootfs).toHaveLength(3);
});

describe('mistakes have their place, and change nothing', () => {
  test.each([
    ['COPY nothing x\n', 'BUILD_SOURCE_MISSING'],
    ['COPY ../outside x\n', 'BUILD_PATH_OUTSIDE'],
  ])('%j', async (line, expected) => {
    const context = await writeFiles('context', { f: '1' }, `FROM scratch\n${labels}${line}`);
    const store = await openStore(join(folder.path, 'home', 'store'));
    const failure = await build(context, { store }).catch((cause) => cause);
    expect(failure).toEqual(code(expected));
    expect(failure.position).toMatchObject({ line: 3 });
    expect(await store.list()).toEqual([]);
  });

  test('a link that leads out of the context is not followed', async () => {
    const context = await writeFiles('context', { f: '1' }, `FROM scratch\n${labels}COPY . .\n`);
    await symlink('/etc/passwd', join(context, 'passwd'));
    const { store, image } = await build(context);
    const line = listed(store.blobPath(image.config.rootfs[0]!.digest)).find((one) => one.includes('passwd'));
    expect(line).toMatch(/^l.* passwd -> \/etc\/passwd$/);
  });
});

describe('ADD of a URL', () => {
  const body = Buffer.from('a program');
  let server: ReturnType<typeof createServer>;
  let url: string;
  let asked = 0;

  beforeEach(async () => {
    asked = 0;
    server = createServer((request, response) => {
      asked += 1;
      if (request.url === '/missing') return response.writeHead(404).end();
      if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': body.length });
        response.write(body.subarray(0, 3));
        return setTimeout(() => response.destroy(), 20);
      }
      return response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const kubefile = (path: string, checksum = digestOf(body) as string) =>
    `FROM scratch\n${labels}ADD --chmod=755 --checksum=${checksum} ${url}${path} bin/tool\n`;

  test('keeps what has the checksum, and asks once', async () => {
    const context = await writeFiles('context', {}, kubefile('/tool'));
    const { store, image } = await build(context);
    expect(listed(store.blobPath(image.config.rootfs[0]!.digest)).join('\n')).toMatch(/^-rwxr-xr-x .* bin\/tool$/m);
    await build(context);
    expect(asked).toBe(1);
  });

  test.each(['/missing', '/cut'])('%s is an error with its place', async (path) => {
    const context = await writeFiles('context', {}, kubefile(path));
    const failure = await build(context).catch((cause) => cause);
    expect(failure).toMatchObject({ position: { line: 3 } });
    expect(failure.message).toContain(url);
  });

  test('another checksum is an error that names both', async () => {
    const other = digestOf(Buffer.from('other'));
    const context = await writeFiles('context', {}, kubefile('/tool', other));
    const failure = await build(context).catch((cause) => cause);
    expect(failure.message).toContain(other);
    expect(failure.message).toContain(digestOf(body));
  });

  test('without a checksum it is refused', async () => {
    const context = await writeFiles('context', {}, `FROM scratch\n${labels}ADD ${url}/tool bin/tool\n`);
    await expect(build(context)).rejects.toEqual(code('BUILD_CHECKSUM_REQUIRED'));
  });
});

describe('what an image is called and built for is checked before anything is read', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each<[string, string, Partial<BuildOptions>, string]>([
    ['a digest', '', { tag: `x@${digest}` }, 'IMAGE_REFERENCE_INVALID'],
    ['a tag and a digest', '', { tag: `x:1@${digest}` }, 'IMAGE_REFERENCE_INVALID'],
    ['a misspelt platform', '', { platforms: [{ os: 'linux', architecture: 'amd46' }] }, 'PLATFORM_UNKNOWN'],
    ['another system', '', { platforms: [{ os: 'windows', architecture: 'amd64' }] }, 'PLATFORM_UNKNOWN'],
    ['a misspelt platform of FROM', 'FROM --platform=linux/amd46 scratch\n', {}, 'PLATFORM_UNKNOWN'],
    ['another platform of FROM', 'FROM --platform=linux/s390x scratch\n', {}, 'BUILD_PLATFORM_DIFFERS'],
  ])('%s', async (_, kubefile, options, expected) => {
    const context = await writeFiles('context', {}, `${kubefile || 'FROM scratch\n'}${labels}`);
    const store = await openStore(join(folder.path, 'home', 'store'));
    await expect(build(context, { store, ...options })).rejects.toEqual(code(expected));
    expect(await store.list()).toEqual([]);
  });

  test('the platform that is built for is one that FROM may name', async () => {
    const context = await writeFiles('context', {}, `FROM --platform=$TARGETPLATFORM scratch\n${labels}`);
    const platforms = [{ os: 'linux', architecture: 'arm64' }];
    expect((await build(context, { platforms })).platforms).toEqual(['linux/arm64']);
  });
});

test('an app may have capitals, as in the Go project; the release of a chart may not', async () => {
  const files = { 'install.sh': 'true\n', 'c/Chart.yaml': 'name: c\nversion: 1.0.0\n' };
  const context = await writeFiles(
    'context',
    files,
    `FROM scratch\n${labels}APP businessApp local://install.sh\nLAUNCH businessApp\n`,
  );
  const { image } = await build(context);
  expect(image.config).toMatchObject({
    apps: [{ name: 'businessApp', type: 'shell', files: ['install.sh'] }],
    launch: { apps: ['businessApp'] },
  });
  const twice = { 'a/x.yaml': '', 'b/x.yaml': '' };
  await writeFiles('context', twice, `FROM scratch\n${labels}APP two local://a/x.yaml local://b/x.yaml\n`);
  await expect(build(context, { discover: false })).rejects.toEqual(code('BUILD_APP_FILES'));
  const chart = `FROM scratch\n${labels}APP myChart local://c\n`;
  await writeFile(join(context, 'Kubefile'), chart);
  await expect(build(context, { discover: false })).rejects.toEqual(code('BUILD_APP_NAME'));
  await writeFile(join(context, 'Kubefile'), `${chart}APPCMDS myChart ["helm install mine ."]\n`);
  await build(context, { discover: false });
});
