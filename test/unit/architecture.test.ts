/** The arrows and rules of the house (docs/architecture.md), held by reading the sources' imports. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { product, root, type Source, sources, within } from './sources.js';

const core = within('packages/core/src/');

/** `file -> import` for every import that breaks a rule. */
function breaches(files: readonly Source[], breaks: (target: string, source: Source, typeOnly: boolean) => boolean) {
  return files.flatMap((source) =>
    source.imports
      .filter(({ target, typeOnly }) => breaks(target, source, typeOnly))
      .map(({ target }) => `${source.path} -> ${target}`),
  );
}

test('the sources are seen', () => {
  expect(core.length).toBeGreaterThan(100);
  expect(core.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
});

test('core imports neither plugins nor the CLI', () => {
  const outward = (target: string) => /^@sealer\/(plugin-|cli)/.test(target) || /^packages\/(plugins|cli)/.test(target);
  expect(breaches(core, outward)).toEqual([]);
});

test("plugins import nothing of sealer's but the public entry of core", () => {
  const plugins = sources.filter(({ path }) => path.startsWith('packages/plugins/'));
  const forbidden = (target: string, { path }: Source) => {
    if (target.startsWith('@sealer/')) {
      return target !== '@sealer/core' && !(target === '@sealer/core/testing' && path.endsWith('.test.ts'));
    }
    const own = path.split('/').slice(0, 3).join('/');
    return target.startsWith('packages/') && !target.startsWith(own);
  };
  expect(breaches(plugins, forbidden)).toEqual([]);
});

test('the CLI reaches core by its public entries only, and names no plugin', () => {
  const cli = within('packages/cli/');
  const forbidden = (target: string) =>
    /^packages\/(core|plugins)/.test(target) ||
    (target.startsWith('@sealer/') && !['@sealer/core', '@sealer/core/images'].includes(target));
  expect(breaches(cli, forbidden)).toEqual([]);
});

test('core knows no plugin by name', () => {
  // Labels, documents and plugin kinds are data of users; the words below are names of implementations.
  const words = /kubeadm|containerd|flannel|docker-registry|k3s|k0s/i;
  const exceptions = new Set([
    // kubeadm's documents in a Clusterfile are passed through by their kind.
    'packages/core/src/generated/schemas.ts',
  ]);
  const knownKeys = /'io\.containerd\.image\.name'/g;
  const stripComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '').replace(knownKeys, '');
  const naming = core
    .filter(({ path, text }) => !exceptions.has(path) && words.test(stripComments(text)))
    .map(({ path }) => path);
  expect(naming).toEqual([]);
});

test('workflow knows hosts by their interface, never ssh', () => {
  const forbidden = (target: string, _source: Source, typeOnly: boolean) =>
    target === 'ssh2' ||
    (target.startsWith('packages/core/src/host/') &&
      !typeOnly &&
      !/\/(host|host-errors|command|recorded-change|recording-host|facts)\.ts$/.test(target));
  expect(breaches(within('packages/core/src/workflow/'), forbidden)).toEqual([]);
});

test('only registry/ and serve/ speak HTTP', () => {
  const http = (target: string) => /^(node:)?https?$|^undici$/.test(target);
  const outside = core.filter(({ path }) => !/^packages\/core\/src\/(registry|serve|testing)\//.test(path));
  expect(breaches(outside, http)).toEqual([]);
  expect(outside.filter(({ text }) => /\bfetch\(/.test(text) && /https?:/.test(text)).map(({ path }) => path)).toEqual(
    [],
  );
});

test('only program/ starts programs', () => {
  const starting = (target: string) => /^(node:)?child_process$|^execa$/.test(target);
  const outside = product.filter(({ path }) => !path.startsWith('packages/core/src/program/'));
  expect(breaches(outside, starting)).toEqual([]);
  const inside = within('packages/core/src/program/');
  expect(breaches(inside, starting).length).toBeGreaterThan(0);
  expect(
    breaches(inside, (target) => target.startsWith('packages/') && !/\/(program|errors|secrets)\//.test(target)),
  ).toEqual([]);
  // Loaded when the first program is started: commands that start none do without.
  const early = inside.filter(({ text }) => /(^|\n)import (?!type )[^;]*'execa'/.test(text)).map(({ path }) => path);
  expect(early).toEqual([]);
});

test('core prints nothing and never ends the process', () => {
  const speaking = core
    .filter(({ path }) => !path.includes('/testing/'))
    .filter(({ text }) => /\bconsole\.|process\.(exit\(|stdout|stderr|abort)/.test(text))
    .map(({ path }) => path);
  expect(speaking).toEqual([]);
});

test('no file is called utils, and index.ts stands at package roots only', () => {
  const vague = product.filter(({ path }) => /(^|[/-])(utils?|helpers?|common|manager|misc)(\.|\/|-)/.test(path));
  expect(vague.map(({ path }) => path)).toEqual([]);
  const indexes = product.map(({ path }) => path).filter((path) => basename(path) === 'index.ts');
  expect(
    indexes.filter((path) => !/^packages\/(core|cli|plugins\/[^/]+)\/src\/(testing\/)?index\.ts$/.test(path)),
  ).toEqual([]);
});

test('files stay small', () => {
  const sizes = product
    .filter(({ path }) => !path.includes('/generated/'))
    .map(({ path, lines }) => ({ path, lines }))
    .sort((a, b) => a.lines - b.lines);
  const at = (share: number) => sizes[Math.floor(sizes.length * share)]?.lines ?? 0;
  expect(at(0.5)).toBeLessThan(80);
  expect(at(0.9)).toBeLessThan(200);
  expect(sizes.filter(({ lines }) => lines > 300)).toEqual([]);
});

test('no file names this machine or a package registry', () => {
  // In two parts: this file is looked at as well.
  const hosts = ['registry npmjs', 'proxy golang', 'deb debian', 'crates io', 'pypi org', 'repo1 maven'];
  const names = [root.replace(/\/$/, ''), ...hosts.map((host) => host.replace(' ', '.'))];
  const forbidden = new RegExp(names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'));
  const files = listFiles(root);
  const naming = files.filter((path) => {
    const full = join(root, path);
    if (statSync(full).size > 5_000_000) return false;
    return forbidden.test(readFileSync(full, 'utf8'));
  });
  expect(naming).toEqual([]);
});

/** Every file but what is installed, built or fetched. */
function listFiles(directory: string, prefix = ''): string[] {
  const skipped = new Set(['node_modules', 'dist', '.git', '.nx', 'coverage', 'context', 'oclif.manifest.json']);
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name) || entry.isSymbolicLink()) return [];
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    return entry.isDirectory() ? listFiles(join(directory, entry.name), path) : entry.isFile() ? [path] : [];
  });
}
