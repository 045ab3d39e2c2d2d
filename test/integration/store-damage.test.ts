/** A disk gone bad under the built CLI: every command says so, a real registry takes nothing wrong, and a repair brings back what it has. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { account, type RunningRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';
import { requireSkopeo, skopeo } from '../support/skopeo.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: RunningRegistry;
let sealer: Sealer;
let name: string;
const path = (file: string) => join(folder.path, file);
const codeOf = (outcome: { stderr: string }) => /\[([A-Z_]+)\]/.exec(outcome.stderr)?.[1];
const blobPath = (digest: string) => path(`home/store/blobs/sha256/${digest.slice(7)}`);

async function flip(file: string): Promise<() => Promise<void>> {
  const good = await readFile(file);
  const bad = Buffer.from(good);
  bad[bad.length >> 1]! ^= 1;
  await writeFile(file, bad);
  return async () => await writeFile(file, good);
}

beforeAll(async () => {
  await requireSkopeo();
  folder = await temporaryDirectory();
  registry = await startDockerRegistry(folder.path);
  sealer = sealerIn(path('home'));
  name = `${registry.host}/team/shop:1`;
  const context = path('context');
  await mkdir(context);
  await writeFile(join(context, 'Kubefile'), 'FROM scratch\nCOPY . .\n');
  await writeFile(join(context, 'file'), Buffer.alloc(3_000_000, 'some bytes of a file '));
  expectSuccess(await sealer(['build', '-t', name, '--type', 'app-installer', '--sbom', context]));
  const login = ['login', registry.host, '-u', account.username, '--password-stdin', '--skip-tls-verify'];
  expectSuccess(await sealer(login, { input: account.password }));
});
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const parts = async () => {
  const { digest, manifest } = expectSuccess(await sealer(['inspect', name, '--json'])).result;
  return { manifest: digest, config: manifest.config.digest, layer: manifest.layers[0].digest } as Record<
    string,
    string
  >;
};

test('a byte flipped in any blob: push fails, and the registry has no such image', async () => {
  const blobs = await parts();
  for (const [what, digest] of Object.entries(blobs)) {
    const mend = await flip(blobPath(digest));
    const target = `${registry.host}/${what}/shop:1`;
    const pushed = await sealer(['push', name, target, '--skip-tls-verify']);
    expect([what, pushed.code, codeOf(pushed)]).toEqual([what, 4, 'BLOB_DAMAGED']);
    const there = await skopeo(
      'inspect',
      '--raw',
      '--tls-verify=false',
      '--creds',
      `ops:${account.password}`,
      `docker://${target}`,
    ).catch(() => 'nothing');
    expect(there).toBe('nothing');
    await mend();
  }
});

test('what was pushed is fetched again, by the name of the image', async () => {
  expectSuccess(await sealer(['push', name, '--skip-tls-verify']));
  const blobs = await parts();
  expectSuccess(await sealer(['store', 'check']));
  await flip(blobPath(blobs.layer!));
  await rm(blobPath(blobs.config!));
  const checked = await sealer(['store', 'check', '--json']);
  expect(checked.code).toBe(4);
  expect(
    checked.result.problems.map((one: { digest: string; fault: string; images: string[] }) => [
      one.digest,
      one.fault,
      one.images,
    ]),
  ).toEqual(
    expect.arrayContaining([
      [blobs.config, 'missing', [name]],
      [blobs.layer, 'damaged', [name]],
    ]),
  );
  const repaired = expectSuccess(await sealer(['store', 'check', '--repair', '--skip-tls-verify']));
  expect(repaired.stdout).toContain(`repaired: fetched again from ${registry.host}/team/shop`);
  expectSuccess(await sealer(['store', 'check']));
});

test('a list of images that is lost stops every command, and comes back', async () => {
  const list = path('home/store/index.json');
  const good = await readFile(list, 'utf8');
  const commands = [
    ['images'],
    ['inspect', name],
    ['prune'],
    ['rmi', name],
    ['save', name, '-o', path('x.tar')],
    ['push', name],
    ['tag', name, 'other:1'],
    ['diff', name, name],
    ['merge', '-t', 'both:1', name, name],
    ['mount', name, path('mounted')],
    ['serve', '--addr', '127.0.0.1:0'],
    ['build', '-t', 'new:1', path('context')],
    ['load', '-i', path('x.tar')],
    ['pull', name],
  ];
  await rm(list);
  const outcomes = await Promise.all(commands.map(async (words) => [words[0], codeOf(await sealer(words))]));
  expect(outcomes).toEqual(commands.map(([command]) => [command, 'STORE_INDEX_DAMAGED']));
  expectSuccess(await sealer(['store', 'check', '--repair', '--skip-tls-verify']));
  expect(await readFile(list, 'utf8')).toBe(good);
});
