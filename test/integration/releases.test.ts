/** catalog/kubernetes from upstream's release URLs, whose part a server on loopback plays (test/lab/kube/serve.mjs). */
import { once } from 'node:events';
import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa, type ResultPromise } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { kubeFolder } from '../support/cluster.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let sealer: Sealer;
let server: ResultPromise<{ reject: false; buffer: false; stdin: 'ignore'; stderr: 'inherit' }>;
let served: { url: string; buildArgs: Record<string, string> };
let catalog: string;

beforeAll(async () => {
  folder = await temporaryDirectory();
  sealer = sealerIn(join(folder.path, 'home'));
  const kube = await kubeFolder();
  server = execa(process.execPath, [join(root, 'test/lab/kube/serve.mjs'), kube], {
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stderr: 'inherit',
  });
  const [line] = await once(createInterface({ input: server.stdout }), 'line');
  served = JSON.parse(line as string);
  catalog = join(folder.path, 'kubernetes');
  await cp(join(root, 'catalog/kubernetes'), catalog, {
    recursive: true,
    filter: (path) => !path.endsWith('/context'),
  });
  await symlink(join(kube, 'images'), join(folder.path, 'images'));
}, 900_000);

afterAll(async () => {
  server?.kill();
  await folder[Symbol.asyncDispose]();
});

const prepare = (...words: string[]) => execa(join(catalog, 'prepare.sh'), words);

test('prepare.sh takes what a mirror publishes, each file by its checksum', async () => {
  await prepare('--from', served.url, '--images', join(folder.path, 'images'));
  const built = expectSuccess(await sealer(['build', '-t', 'kubernetes:v1.34.4', catalog, '--json'])).result;
  expect(built.bundledImages).toBe(8);
});

test('the recipe itself takes files by ADD --checksum, and refuses another file', async () => {
  const words = Object.entries(served.buildArgs).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  const recipe = join(catalog, 'Kubefile.releases');
  expectSuccess(await sealer(['build', '-t', 'releases:1', '-f', recipe, ...words, catalog]));
  const wrong = words.map((word) => word.replace(/^(KUBELET_SHA256=).*/, `$1${'0'.repeat(64)}`));
  const outcome = await sealer(['build', '-t', 'wrong:1', '-f', recipe, ...wrong, catalog]);
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toMatch(/kubelet.*0{64}|0{64}.*kubelet/s);
  expect(expectSuccess(await sealer(['images'])).stdout).not.toContain('wrong');
});

test('a mirror that lacks a file is an error, and what was there stays', async () => {
  const failed = await prepare('--from', `${served.url}/nothing`).catch((cause) => cause);
  expect(failed.stderr).toMatch(/cannot be fetched/);
  expectSuccess(await sealer(['build', '-t', 'again:1', catalog]));
});
