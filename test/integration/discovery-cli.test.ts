/** build --why, images --bundle and lint by the built CLI: helm out of the image, images out of CNCF distribution with TLS and htpasswd. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTestImage } from '../../packages/core/src/testing/container-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { kubeFolder } from '../support/cluster.js';
import { account, type RunningRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';
import { requireSkopeo, skopeo } from '../support/skopeo.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: RunningRegistry;
let sealer: Sealer;
let context: string;
/** Without helm: that of the image is used. */
const env = { PATH: '/usr/bin:/bin', DOCKER_CONFIG: '/nonexistent' };

beforeAll(async () => {
  folder = await temporaryDirectory();
  await requireSkopeo();
  registry = await startDockerRegistry(folder.path);
  sealer = sealerIn(join(folder.path, 'home'));
  context = join(folder.path, 'context');
  await write('../home/ca.crt', registry.ca);
  await write('../home/registries.yaml', `registries:\n  ${registry.host}:\n    ca: ca.crt\n`);
  const layout = join(folder.path, 'layout');
  for (const name of ['web', 'redis', 'agent']) {
    await writeTestImage(layout, name, { refName: name });
    const login = ['--dest-creds', `${account.username}:${account.password}`, '--dest-cert-dir', registry.certificates];
    await skopeo('copy', ...login, `oci:${layout}:${name}`, `docker://${registry.host}/shop/${name}:1`);
  }
  await mkdir(join(context, 'bin'), { recursive: true });
  await copyFile(join(await kubeFolder(), 'helm'), join(context, 'bin/helm'));
  await write(
    'Kubefile.base',
    'FROM scratch\nLABEL cluster.alpha.sealer.io/cluster-runtime-type=kubeadm cluster.alpha.sealer.io/cluster-runtime-version=v1.34.4\nCOPY bin bin\n',
  );
  await write(
    'chart/Chart.yaml',
    'apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: redis, version: 1.0.0, condition: redis.enabled}]\n',
  );
  await write(
    'chart/values.yaml',
    `registry: unset.example\nredis: {enabled: false, image: "${registry.host}/shop/redis:1"}\n`,
  );
  await write(
    'chart/templates/web.yaml',
    `${podOf('{{ .Values.registry }}/shop/web:1')}---\n${podOf('{{ if semverCompare ">=1.34-0" .Capabilities.KubeVersion.Version }}{{ .Values.registry }}/shop/agent:1{{ else }}acme/old:1{{ end }}')}`,
  );
  await write('chart/charts/redis/Chart.yaml', 'apiVersion: v2\nname: redis\nversion: 1.0.0\n');
  await write('chart/charts/redis/templates/redis.yaml', podOf('{{ .Values.image }}'));
  await write('prod.yaml', `registry: ${registry.host}\n`);
  await write('Kubefile', 'FROM base:1\nAPP shop local://chart\nAPPVALUES shop local://prod.yaml\nLAUNCH ["shop"]\n');
}, 900_000);

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const podOf = (image: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: '${image}'}]}\n`;

async function write(path: string, text: string) {
  await mkdir(dirname(join(context, path)), { recursive: true });
  await writeFile(join(context, path), text);
}

test('a chart is rendered by the helm of the base image, with its own values and the version of the image', async () => {
  expectSuccess(await sealer(['build', '-t', 'base:1', '-f', join(context, 'Kubefile.base'), context], { env }));
  const refused = await sealer(['build', '-t', 'shop:1', context], { env });
  expect(refused.stderr).toContain('REGISTRY_UNAUTHORIZED');
  const login = ['login', registry.host, '-u', account.username, '--passwd-stdin'];
  expectSuccess(await sealer(login, { env, input: `${account.password}\n` }));
  const built = expectSuccess(await sealer(['build', '-t', 'shop:1', '--why', context], { env }));
  expect(built.stdout).toContain(
    `${registry.host}/shop/agent:1\n    application/apps/shop (shop/templates/web.yaml)\n${registry.host}/shop/web:1\n    application/apps/shop (shop/templates/web.yaml)\n`,
  );
  expect(built.stdout).not.toContain('redis');
  expect(expectSuccess(await sealer(['logout', registry.host])).code).toBe(0);
});

test('sub-charts that are off are noticed by lint, and carried when they are asked for', async () => {
  const lint = expectSuccess(await sealer(['lint', '--images', context], { env }));
  expect(lint.stdout).toMatch(
    /^application\/apps\/shop\/values.yaml:2: .*shop\/redis:1 is not used with .*\[LINT_IMAGE_NOT_TAKEN\]$/m,
  );
  expect(lint.stdout).toContain('2 container images would be carried; 1 warning');
  expect((await sealer(['lint', '--strict', context], { env })).code).toBe(3);
  const json = expectSuccess(await sealer(['lint', '--json', context], { env })).result;
  expect(json.warnings).toEqual([
    expect.objectContaining({ code: 'LINT_IMAGE_NOT_TAKEN', where: 'application/apps/shop/values.yaml:2' }),
  ]);
  const all = expectSuccess(await sealer(['lint', '--strict', '--all-subcharts', '--json', context], { env })).result;
  expect(all.images.map(({ name }: { name: string }) => name)).toContain(`${registry.host}/shop/redis:1`);
});

test('credentials for one build, by a list, leave no trace; inherited images say from where', async () => {
  const list = join(folder.path, 'auth.yaml');
  const entry = {
    registry: registry.host,
    username: account.username,
    password: 'env:SHOP_PASSWORD',
    images: ['shop/redis:1'],
  };
  await writeFile(list, JSON.stringify([entry]));
  await write('Kubefile.child', 'FROM shop:1\nENV A=1\n');
  const words = [
    'build',
    '-t',
    'child:1',
    '-f',
    join(context, 'Kubefile.child'),
    '--image-list-with-auth',
    list,
    context,
  ];
  const without = await sealer(words, { env });
  expect(without.code).toBe(3);
  expect(without.stderr).toMatch(/auth\.yaml:1:\d+: .*no SHOP_PASSWORD/);
  const built = expectSuccess(await sealer([...words, '--json'], { env: { ...env, SHOP_PASSWORD: account.password } }));
  expect(built.stdout).not.toContain(account.password);
  const rows = expectSuccess(await sealer(['images', '--bundle', 'child:1', '--json'])).result;
  expect(rows.map(({ name, origin }: { name: string; origin: string }) => [name.split('/').at(-1), origin])).toEqual([
    ['agent:1', 'FROM docker.io/library/shop:1: application/apps/shop (shop/templates/web.yaml)'],
    ['redis:1', 'auth.yaml:1'],
    ['web:1', 'FROM docker.io/library/shop:1: application/apps/shop (shop/templates/web.yaml)'],
  ]);
  expect(expectSuccess(await sealer(['images', '--bundle', 'child:1'])).stdout).toContain(
    'FROM docker.io/library/shop:1:',
  );
  const config = expectSuccess(await sealer(['inspect', 'child:1', '--json'])).stdout;
  expect(config).not.toContain(account.password);
  expect(await readFile(join(sealer.home, 'auth.json'), 'utf8')).not.toContain(registry.host);
});

test('mistakes in lists are told with their places, and nothing is built', async () => {
  const ignored = join(folder.path, 'ignored');
  await writeFile(ignored, '# fine\nacme/a b\n');
  const outcome = await sealer(['build', '-t', 'bad:1', '--ignored-image-list', ignored, context], { env });
  expect(outcome.code).toBe(3);
  expect(outcome.stderr).toContain('IGNORED_IMAGE_INVALID');
  expect(outcome.stderr).toContain('ignored:2:8');
  expect(expectSuccess(await sealer(['images'])).stdout).not.toContain('bad');
});
