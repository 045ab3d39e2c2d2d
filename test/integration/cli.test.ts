/** The built CLI without hosts: help, mistakes, images, archives, plugins. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let sealer: Sealer;
let context: string;

beforeAll(async () => {
  folder = await temporaryDirectory();
  sealer = sealerIn(join(folder.path, 'home'));
  context = join(folder.path, 'context');
  await mkdir(context);
  await writeFile(join(context, 'app.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n');
  await writeFile(join(context, 'Kubefile'), 'FROM scratch\nAPP one local://app.yaml\nLAUNCH ["one"]\n');
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('words', () => {
  test('every command has help with an example', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'packages/cli/oclif.manifest.json'), 'utf8'));
    const ids = Object.keys(manifest.commands);
    expect(ids.length).toBeGreaterThan(20);
    for (const id of ids) {
      const { stdout } = expectSuccess(await sealer([...id.split(':'), '--help']));
      expect(stdout, id).toContain('EXAMPLES');
      expect(stdout, id).toContain('GLOBAL FLAGS');
    }
  });

  test('an unknown command or flag is a usage error that says what is meant', async () => {
    const command = await sealer(['imagse']);
    expect(command.code).not.toBe(0);
    expect(command.stderr).toMatch(/imagse/);
    const flag = await sealer(['images', '--digsts']);
    expect(flag.code).toBe(2);
    expect(flag.stderr).toMatch(/--digsts/);
    expect((await sealer(['run'])).code).toBe(2);
  });

  test('version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'packages/cli/package.json'), 'utf8'));
    expect(expectSuccess(await sealer(['version'])).stdout).toContain(version);
    expect(expectSuccess(await sealer(['version', '--json'])).result).toMatchObject({ sealer: version });
  });
});

describe('images', () => {
  test('build, look, tag, save, load, remove', async () => {
    const built = expectSuccess(
      await sealer(['build', '-t', 'apps:1', '--type', 'app-installer', context, '--json']),
    ).result;
    const schema = JSON.parse(await readFile(join(root, 'schemas/cluster-image-config.schema.json'), 'utf8'));
    const inspected = expectSuccess(await sealer(['inspect', 'apps:1', '--json'])).result;
    const validate = new Ajv2020({ strict: false }).compile(schema);
    expect(validate(inspected.config ?? inspected.platforms?.[0]?.config), JSON.stringify(validate.errors)).toBe(true);
    expectSuccess(await sealer(['tag', 'apps:1', 'registry.example/apps:2']));
    const rows = expectSuccess(await sealer(['images', '--json'])).result as { name: string; digest: string }[];
    expect(rows.map(({ name }) => name)).toEqual(['docker.io/library/apps:1', 'registry.example/apps:2']);
    expect(new Set(rows.map(({ digest }) => digest))).toEqual(new Set([built.digest]));
    const archive = join(folder.path, 'apps.tar');
    expectSuccess(await sealer(['save', 'apps:1', 'registry.example/apps:2', '-o', archive]));
    expectSuccess(await sealer(['rmi', 'apps:1', 'registry.example/apps:2']));
    expect(expectSuccess(await sealer(['images', '-q'])).stdout).toBe('');
    expect(await readdir(join(sealer.home, 'store/blobs/sha256'))).toEqual([]);
    expectSuccess(await sealer(['load', '-i', archive]));
    expect(expectSuccess(await sealer(['images', '-q'])).stdout).toBe(`${built.digest}\n${built.digest}\n`);
  });

  test('a cut archive and a missing one are errors, and leave nothing', async () => {
    const whole = await readFile(join(folder.path, 'apps.tar'));
    const cut = join(folder.path, 'cut.tar');
    await writeFile(cut, whole.subarray(0, whole.length - 3000));
    const other = sealerIn(join(folder.path, 'other'));
    for (const [file, code] of [
      [cut, 'ARCHIVE_INVALID'],
      [join(folder.path, 'none.tar'), ''],
    ] as const) {
      const outcome = await other(['load', '-i', file]);
      expect(outcome.code).toBe(4);
      expect(outcome.stderr).toContain(code);
    }
    expect(expectSuccess(await other(['images', '-q'])).stdout).toBe('');
  });

  test('mistakes in a Kubefile are all reported, with their places, as exit code 3', async () => {
    const bad = join(folder.path, 'Kubefile.bad');
    await writeFile(bad, 'FROM scratch\nCPOY a b\nLABLE c=d\n');
    const outcome = await sealer(['build', '-t', 'bad:1', '-f', bad, context]);
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toMatch(/Kubefile\.bad:2:1: .*COPY/);
    expect(outcome.stderr).toMatch(/Kubefile\.bad:3:1: .*LABEL/);
    const json = await sealer(['build', '-t', 'bad:1', '-f', bad, context, '--json']);
    expect(json.events.at(-1)).toMatchObject({ type: 'error', error: { code: 'KUBEFILE_INVALID', exitCode: 3 } });
  });
});

describe('plugins', () => {
  const fixture = join(root, 'test/fixtures/plugins/greeting');
  const names = async () =>
    (expectSuccess(await sealer(['plugins', 'list', '--json'])).result as { packageName: string }[]).map(
      (one) => one.packageName,
    );

  test('from a folder, again, from an archive of npm, and removed', async () => {
    expectSuccess(await sealer(['plugins', 'install', fixture]));
    expectSuccess(await sealer(['plugins', 'install', fixture]));
    expect(await names()).toEqual(['sealer-plugin-greeting']);
    expectSuccess(await sealer(['plugins', 'remove', 'sealer-plugin-greeting']));
    expect(await names()).toEqual([]);
    const { stdout } = await execa('npm', ['pack', '--silent', '--pack-destination', folder.path], { cwd: fixture });
    expectSuccess(await sealer(['plugins', 'install', join(folder.path, stdout.trim())]));
    expect(await names()).toEqual(['sealer-plugin-greeting']);
    expect((await readdir(join(sealer.home, 'plugins'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('what is no plugin, or of another version of the contract, is refused and changes nothing', async () => {
    const bad = join(folder.path, 'bad-plugin');
    await mkdir(bad);
    const manifest = { name: 'bad-plugin', version: '1.0.0', type: 'module', sealer: { plugin: true } };
    const install = async (text: string, extra: object = {}) => {
      await writeFile(join(bad, 'package.json'), JSON.stringify({ ...manifest, ...extra }));
      await writeFile(join(bad, 'index.js'), text);
      const outcome = await sealer(['plugins', 'install', bad]);
      expect(outcome.code).toBe(6);
      expect(await names()).toEqual(['sealer-plugin-greeting']);
      return outcome.stderr;
    };
    expect(await install('export default {}')).toContain('PLUGIN_INVALID');
    expect(await install('syntax error', {})).toContain('PLUGIN_INVALID');
    expect(await install('export default 1', { sealer: {} })).toMatch(/"sealer"/);
    const wrong =
      "import { definePlugin } from '@sealer/core'; export default definePlugin({ name: 'hook-bad', apiVersion: 9, apply() {} });";
    expect(await install(wrong)).toContain('PLUGIN_API_VERSION');
    expect((await sealer(['plugins', 'install', join(folder.path, 'nowhere')])).stderr).toContain(
      'PLUGIN_INSTALL_FAILED',
    );
    await expect(stat(join(sealer.home, 'plugins', 'bad-plugin'))).rejects.toThrow(/ENOENT/);
  });
});

test('a cluster that is not known is said to be so, with those that are', async () => {
  const outcome = await sealer(['status', '-c', 'nothing']);
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toContain('CLUSTER_UNKNOWN');
});
