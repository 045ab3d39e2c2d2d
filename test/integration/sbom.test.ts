/** Bills of materials and provenance: against `go version -m`, CycloneDX's own schema, and the real cosign. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { type Cosign, cosignOf, keyPassword } from '../support/cosign.js';
import { dockerRegistryProgram, type RunningRegistry, startDockerRegistry } from '../support/docker-registry.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let registry: RunningRegistry;
let sealer: Sealer;
let cosign: Cosign;
let name: string;
let context: string;
const env = { COSIGN_PASSWORD: keyPassword };

beforeAll(async () => {
  folder = await temporaryDirectory();
  registry = await startDockerRegistry(folder.path);
  cosign = await cosignOf('3', folder.path, registry);
  const home = join(folder.path, 'home');
  sealer = sealerIn(home);
  await mkdir(home);
  await writeFile(join(home, 'ca.crt'), registry.ca);
  await writeFile(join(home, 'registries.yaml'), `registries:\n  ${registry.host}:\n    ca: ca.crt\n`);
  await writeFile(join(home, 'auth.json'), await readFile(join(folder.path, 'config.json')));
  name = `${registry.host}/apps/shop:1.0`;
  context = join(folder.path, 'context');
  await mkdir(join(context, 'bin'), { recursive: true });
  await mkdir(join(context, 'charts/web'), { recursive: true });
  // One of this year's Go, one that Debian built.
  await copyFile('/usr/local/go/bin/gofmt', join(context, 'bin/gofmt'));
  await copyFile(await dockerRegistryProgram(), join(context, 'bin/docker-registry'));
  await copyFile('/bin/ls', join(context, 'bin/ls'));
  await copyFile('/var/lib/dpkg/status', join(context, 'status'));
  await writeFile(join(context, 'charts/web/Chart.yaml'), 'name: web\nversion: 1.2.3\nappVersion: "1.27"\n');
  await writeFile(join(context, 'app.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n');
  await writeFile(
    join(context, 'Kubefile'),
    'FROM scratch\nARG VERSION\nARG REGISTRY_TOKEN\nCOPY bin bin\nCOPY charts charts\nCOPY status var/lib/dpkg/status\nAPP one local://app.yaml\nLAUNCH ["one"]\n',
  );
}, 1_800_000); // cosign may have to be built first.

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const build = (...more: string[]) =>
  sealer(['build', '-t', name, '--type', 'app-installer', '--no-discover', context, '--json', ...more]);
type Component = { name: string; version?: string; purl?: string; components?: Component[] };

test('programs have the modules `go version -m` shows; packages those dpkg-query shows', async () => {
  expectSuccess(await build());
  const made = expectSuccess(await sealer(['inspect', name, '--sbom']));
  expect(made.stdout).toContain('none is attached');
  const { result } = expectSuccess(await sealer(['inspect', name, '--sbom', '--json']));
  const components = result.components as Component[];
  for (const program of ['gofmt', 'docker-registry']) {
    const { stdout } = await execa('go', ['version', '-m', join(context, 'bin', program)], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin` },
    });
    const lines = stdout.split('\n').map((line) => line.trim().split('\t'));
    const expected: string[] = [];
    for (const [kind, path, version] of lines) {
      if (kind === '=>') expected.pop();
      if (kind === 'dep' || kind === '=>') expected.push(`${path} ${version}`);
    }
    const found = components.find((component) => component.name === program);
    const modules = (found?.components ?? []).map((module) => `${module.name} ${module.version}`);
    const goVersion = /: go(\S+)/.exec(stdout)?.[1];
    expect(modules, program).toEqual([`stdlib ${goVersion}`, ...expected]);
  }
  const installed = (await execa('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package} ${Version}\n'])).stdout
    .split('\n')
    .flatMap((line) => /^installed (.*)$/.exec(line)?.[1] ?? []);
  const packages = components.filter(({ purl }) => purl?.startsWith('pkg:deb/'));
  expect(packages.map((one) => `${one.name} ${one.version}`).sort()).toEqual(installed.sort());
  expect(components).toContainEqual(expect.objectContaining({ name: 'web', version: '1.2.3' }));
  expect(components).toContainEqual(expect.objectContaining({ name: 'one', 'bom-ref': 'app:one' }));
  expect(components.some((component) => component.name === 'ls')).toBe(false);
});

test("it fulfils CycloneDX's schema", async () => {
  const { result } = expectSuccess(await sealer(['inspect', name, '--sbom', '--json']));
  const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json');
  const schema = async (file: string) =>
    JSON.parse(await readFile(join(dirname(library), 'res/schema', file), 'utf8')) as { $id: string };
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  ajv.addFormat('iri-reference', true).addFormat('idn-email', true);
  // The library's copies refer to each other by file name.
  for (const file of [
    'spdx.SNAPSHOT.schema.json',
    'jsf-0.82.SNAPSHOT.schema.json',
    'cryptography-defs.SNAPSHOT.schema.json',
  ])
    ajv.addSchema(await schema(file), `http://cyclonedx.org/schema/${file}`);
  const validate = ajv.compile(await schema('bom-1.6.SNAPSHOT.schema.json'));
  validate(result);
  expect(validate.errors).toBeNull();
  const text = JSON.stringify(result);
  const refs = [...text.matchAll(/"bom-ref":"([^"]+)"/g)].map(([, ref]) => ref);
  expect(new Set(refs).size).toBe(refs.length);
});

test('attached at build, they change no digest, are kept by a rebuild, signed, pushed, and cosign verifies them', async () => {
  const plain = expectSuccess(await build()).result.digest;
  const arguments_ = ['--build-arg', 'VERSION=1.0', '--build-arg', 'REGISTRY_TOKEN=hunter2hunter2'];
  const described = expectSuccess(await build('--sbom', '--provenance', ...arguments_));
  expect(described.result.digest).toBe(plain);
  const provenance = expectSuccess(await sealer(['inspect', name, '--provenance', '--json'])).result;
  expect(provenance).toMatchObject({
    predicateType: 'https://slsa.dev/provenance/v1',
    subject: [{ digest: { sha256: plain.slice('sha256:'.length) } }],
    predicate: {
      buildDefinition: {
        externalParameters: { kubefile: 'Kubefile', buildArgs: { VERSION: '1.0', REGISTRY_TOKEN: '***' } },
      },
    },
  });
  expect(JSON.stringify(provenance)).not.toContain(folder.path);
  // Built again of the same, it keeps what was said of it.
  expectSuccess(await build('--sbom', '--provenance', ...arguments_));
  expect(expectSuccess(await sealer(['inspect', name, '--provenance', '--json'])).result).toEqual(provenance);
  expect(expectSuccess(await sealer(['inspect', name, '--sbom'])).stdout).toContain('attached to the image');

  const key = join(folder.path, 'release');
  expectSuccess(await sealer(['keys', 'generate', '-o', key], { env }));
  const signed = expectSuccess(await sealer(['sign', name, '--key', `${key}.key`, '--attest', '--json'], { env }));
  expect(signed.result).toMatchObject({ attested: 2 });
  const again = expectSuccess(await sealer(['sign', name, '--key', `${key}.key`, '--attest', '--json'], { env }));
  expect(again.result).toMatchObject({ added: [], attested: 0 });
  const kinds = expectSuccess(await sealer(['inspect', name, '--json'])).result.attached.map(
    ({ kind }: { kind: string }) => kind,
  );
  expect(kinds.sort()).toEqual(['bill of materials', 'provenance', 'signature', 'signature', 'statement', 'statement']);
  // The documents, their signatures, and the image's two.
  expect(expectSuccess(await sealer(['push', name, '--json'])).result).toMatchObject({ attachments: 6 });
  for (const type of ['slsaprovenance1', 'cyclonedx']) {
    const words = ['verify-attestation', '--type', type, '--key', `${key}.pub`, '--insecure-ignore-tlog=true', name];
    const verified = await cosign(words);
    expect(verified.stderr).toContain('signatures were verified');
    expect(verified.code).toBe(0);
  }
  expectSuccess(await sealer(['verify', name, '--remote', '--key', `${key}.pub`]));
  expectSuccess(await sealer(['rmi', name]));
  expectSuccess(await sealer(['pull', name]));
  expect(expectSuccess(await sealer(['inspect', name, '--provenance', '--json'])).result).toEqual(provenance);
});

test('the statement has the shape of in-toto, and an image without one says what to do', async () => {
  const provenance = expectSuccess(await sealer(['inspect', name, '--provenance', '--json'])).result;
  const digest = {
    type: 'object',
    required: ['sha256'],
    properties: { sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
  };
  const resource = { type: 'object', required: ['uri', 'digest'], properties: { uri: { type: 'string' }, digest } };
  const shape = {
    type: 'object',
    required: ['_type', 'subject', 'predicateType', 'predicate'],
    properties: {
      _type: { const: 'https://in-toto.io/Statement/v1' },
      subject: { type: 'array', minItems: 1, items: { type: 'object', required: ['digest'], properties: { digest } } },
      predicate: {
        type: 'object',
        required: ['buildDefinition', 'runDetails'],
        properties: {
          buildDefinition: {
            type: 'object',
            required: ['buildType', 'externalParameters'],
            properties: { resolvedDependencies: { type: 'array', minItems: 2, items: resource } },
          },
          runDetails: { type: 'object', required: ['builder'] },
        },
      },
    },
  };
  const validate = new Ajv2020().compile(shape);
  validate(provenance);
  expect(validate.errors).toBeNull();
  expectSuccess(
    await sealer(['build', '-t', 'plain:1', '--type', 'app-installer', '--label', 'a=b', '--no-discover', context]),
  );
  const missing = await sealer(['inspect', 'plain:1', '--provenance']);
  expect(missing.code).toBe(4);
  expect(missing.stderr).toContain('--provenance');
});
