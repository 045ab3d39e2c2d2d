import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import { mediaTypes } from '../image/media-types.js';
import { writeTestImage } from '../testing/container-image.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { buildImage } from './build-image.js';
import type { BuildOptions } from './build-options.js';
import { lintImage } from './lint-image.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let context: string;

beforeEach(async () => {
  folder = await temporaryDirectory();
  context = join(folder.path, 'context');
  vi.stubEnv('SEALER_HOME', join(folder.path, 'home'));
  vi.stubEnv('DOCKER_CONFIG', join(folder.path, 'docker'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

async function write(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(context, path)), { recursive: true });
    await writeFile(join(context, path), text);
  }
}

async function options(more: Partial<BuildOptions> = {}) {
  const store = await openStore(join(folder.path, 'home', 'store'));
  return {
    context,
    tag: 'test:1',
    type: 'app-installer' as const,
    store,
    stateDirectory: join(folder.path, 'build'),
    ...more,
  };
}

/** The blobs of a layout, and its one manifest as team/app:1. */
async function serve(registry: FakeRegistry, layout: string, digest: string) {
  const blobs = join(layout, 'blobs/sha256');
  for (const name of await readdir(blobs)) registry.blobs.set(`sha256:${name}`, await readFile(join(blobs, name)));
  const manifest = { mediaType: mediaTypes.ociManifest, bytes: registry.blobs.get(digest) as Buffer };
  for (const key of ['team/app:1', `team/app@${digest}`]) registry.manifests.set(key, manifest);
}

const pod = (...images: string[]) =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n${images.map((image) => `  - {name: a, image: "${image}"}\n`).join('')}`;

test('an image says where each container image came from, and from which parent', async () => {
  await writeTestImage(join(context, 'images'), 'one', { refName: 'acme/one:1' });
  await writeTestImage(join(context, 'images'), 'two', { refName: 'acme/two:1' });
  await write({
    Kubefile: 'FROM scratch\nCOPY imageList manifests/imageList\nAPP a local://a.yaml\n',
    imageList: '# the first\nacme/one:1 from oci:images:acme/one:1\n',
    'a.yaml': pod('acme/one:1'),
  });
  await buildImage(await options({ tag: 'parent:1' }));
  await write({
    Kubefile: 'FROM parent:1\nAPP b local://b.yaml\nCOPY imageList manifests/imageList\n',
    imageList: 'acme/two:1 from oci:images:acme/two:1\n',
    'b.yaml': pod('acme/one:1', 'acme/two:1'),
  });
  const child = await options({ tag: 'child:1' });
  await buildImage(child);
  const origins = async (name: string) =>
    (await child.store.open(name)).config.bundle.map((image) => [image.name, image.origin]);
  expect(await origins('child:1')).toEqual([
    ['docker.io/acme/one:1', 'FROM docker.io/library/parent:1: manifests/imageList:2'],
    ['docker.io/acme/two:1', 'manifests/imageList:1'],
  ]);
  await write({ Kubefile: 'FROM child:1\nENV A=1\n' });
  await buildImage(await options({ tag: 'grandchild:1' }));
  expect((await origins('grandchild:1')).map(([, origin]) => origin)).toEqual([
    'FROM docker.io/library/parent:1: manifests/imageList:2',
    'FROM docker.io/library/child:1: manifests/imageList:1',
  ]);
});

test('an ignored image is carried by no way', async () => {
  await write({
    Kubefile:
      'FROM scratch\nCOPY imageList manifests/imageList\nCOPY ignored manifests/ignoredImageList\nAPP a local://a.yaml\n',
    imageList: 'acme/listed:1\n',
    ignored: 'acme/listed\n',
    'a.yaml': pod('quay.io/team/found:1', 'quay.io/team/other@sha256:'.concat('a'.repeat(64))),
  });
  await writeFile(join(folder.path, 'more'), 'quay.io/team/\n');
  const built = await buildImage(await options({ ignoredImageList: join(folder.path, 'more') }));
  expect(built.bundledImages).toBe(0);
});

test('--image-list-with-auth gives its credentials to its images alone, and none of it is in the image', async () => {
  await using registry = await FakeRegistry.start({
    auth: { scheme: 'basic', username: 'bot', password: 'hush-hush' },
  });
  const name = `127.0.0.1:${registry.port}/team/app:1`;
  const layout = join(folder.path, 'layout');
  const root = await writeTestImage(layout, 'app');
  await serve(registry, layout, root.digest);
  await write({ Kubefile: 'FROM scratch\nAPP a local://a.yaml\n', 'a.yaml': pod(name) });
  await expect(buildImage(await options())).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  const list = join(folder.path, 'auth.yaml');
  await writeFile(
    list,
    `- {registry: "127.0.0.1:${registry.port}", username: bot, password: hush-hush, images: [team/app:1]}\n`,
  );
  const given = await options({ imageListWithAuth: list });
  await buildImage(given);
  const { config, manifest } = await given.store.open('test:1');
  expect(config.bundle.map((image) => [image.name, image.origin])).toEqual([[name, 'auth.yaml:1']]);
  expect(JSON.stringify([config, manifest])).not.toContain('hush-hush');
});

test('images that are not to be had are all named, with who wants them, before any is fetched', async () => {
  await using registry = await FakeRegistry.start();
  const [host, layout] = [`127.0.0.1:${registry.port}`, join(folder.path, 'layout')];
  await serve(registry, layout, (await writeTestImage(layout, 'app')).digest);
  await write({
    Kubefile: 'FROM scratch\nAPP a local://a.yaml\n',
    'a.yaml': pod(`${host}/team/app:1`, `${host}/team/none:1`, `${host}/team/gone:2`),
  });
  const failure = await buildImage(await options()).catch((cause) => cause);
  expect(failure).toMatchObject({ code: 'BUILD_IMAGES_UNAVAILABLE', exitCode: 4 });
  expect(failure.message).toContain('2 of 3');
  const said = failure.errors.map(({ message }: Error) => message).sort();
  expect(said[0]).toContain(`${host}/team/gone:2 is named by application/apps/a/a.yaml:7`);
  expect(said[1]).toContain(`${host}/team/none:1 is named by application/apps/a/a.yaml:6`);
  expect(registry.requests.filter((request) => request.includes('/blobs/'))).toEqual([]);
  // Its first manifest is asked for once, by the build that succeeds as well.
  registry.requests.length = 0;
  await write({ 'a.yaml': pod(`${host}/team/app:1`) });
  expect((await buildImage(await options())).bundledImages).toBe(1);
  expect(
    registry.requests.filter((request) => request.startsWith('GET') && request.includes('/manifests/')),
  ).toHaveLength(1);
});

test('what is not taken is said, once and not without end', async () => {
  const lines = Array.from({ length: 30 }, (_, at) => `  k${at}: quay.io/acme/x:${at}\n`).join('');
  await write({
    Kubefile: 'FROM scratch\nAPP a local://a.yaml\n',
    'a.yaml': `apiVersion: v1\nkind: ConfigMap\ndata:\n${lines}`,
  });
  const events: SealerEvent[] = [];
  await buildImage(await options({ emit: (event) => events.push(event) }));
  const warnings = events.filter((event) => event.type === 'message' && event.code === 'IMAGE_NOT_TAKEN');
  expect(warnings).toHaveLength(21);
  expect(warnings[0]).toMatchObject({
    text: expect.stringMatching(/^application\/apps\/a\/a.yaml:4: quay.io\/acme\/x:0 /),
  });
  expect(warnings.at(-1)).toMatchObject({ text: expect.stringContaining('10 more') });
  const { warnings: found } = await lintImage(await options());
  expect(found.filter(({ code }) => code === 'LINT_IMAGE_NOT_TAKEN')).toHaveLength(30);
});

test('values of a chart become part of the image, in their order, beside the chart', async () => {
  await write({
    Kubefile: 'FROM scratch\nAPP web local://chart\nAPPVALUES web local://prod.yaml "local://site a.yaml"\n',
    'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'prod.yaml': 'a: 1\n',
    'site a.yaml': 'a: 2\n',
  });
  const given = await options({ discover: false });
  await buildImage(given);
  const { config } = await given.store.open('test:1');
  expect(config.apps).toEqual([
    {
      name: 'web',
      type: 'helm',
      files: ['.'],
      commands: [],
      env: {},
      values: ['application/values/web/1-prod.yaml', 'application/values/web/2-site_a.yaml'],
    },
  ]);
  const kubefile = 'FROM scratch\nAPP web local://chart\nAPP plain local://prod.yaml\nAPPVALUES ';
  for (const line of ['web local://chart', 'web local://*.yaml', 'plain local://prod.yaml']) {
    await write({ Kubefile: `${kubefile}${line}\n` });
    await expect(buildImage(given)).rejects.toMatchObject({ code: 'BUILD_APP_VALUES', position: { line: 4 } });
  }
  await write({ Kubefile: 'FROM scratch\nAPPVALUES web local://prod.yaml\n' });
  await expect(buildImage(given)).rejects.toMatchObject({ code: 'BUILD_APP_UNKNOWN', position: { line: 2 } });
});
