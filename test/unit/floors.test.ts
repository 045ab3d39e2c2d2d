/** The floors of core: a folder imports from the floors below its own, and no file from one that imports it. */
import { expect, test } from 'vitest';
import { product, within } from './sources.js';

/** From the ground up. docs/architecture.md says what each folder is for. */
const floors = [
  ['errors', 'secrets', 'tar', 'text', 'generated'],
  ['image', 'events', 'context', 'kubefile', 'program', 'template'],
  ['store', 'discover'],
  ['rootfs', 'trust'],
  ['cluster', 'delta', 'registry', 'sbom'],
  ['archive', 'host', 'provenance', 'serve'],
  ['go-sealer', 'distribute', 'run', 'workflow'],
  ['build', 'inspect', 'plugin'],
  ['lifecycle'],
  ['operations'],
];

/** The folder of core a file lies in; undefined for the entries at its root and for what only tests use. */
function folderOf(path: string): string | undefined {
  const folder = /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1];
  return folder === 'testing' ? undefined : folder;
}

test('every folder of core has its floor', () => {
  const folders = new Set(within('packages/core/src/').flatMap(({ path }) => folderOf(path) ?? []));
  expect([...folders].sort()).toEqual(floors.flat().sort());
});

test('no arrow runs up', () => {
  const floorOf = new Map(floors.flatMap((row, floor) => row.map((folder) => [folder, floor] as const)));
  const upward = within('packages/core/src/').flatMap(({ path, imports }) => {
    const from = folderOf(path);
    if (from === undefined) return [];
    return imports
      .filter(({ target }) => target.startsWith('packages/core/src/'))
      .filter(({ target }) => {
        const to = folderOf(target);
        return to === undefined || (to !== from && (floorOf.get(to) ?? 0) >= (floorOf.get(from) ?? 0));
      })
      .map(({ target }) => `${path} -> ${target}`);
  });
  expect(upward).toEqual([]);
});

test('no file imports, by whatever way, a file that imports it', () => {
  const imported = new Map(product.map(({ path, imports }) => [path, imports.map(({ target }) => target)]));
  const settled = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const met = trail.indexOf(path);
    if (met >= 0) circles.push([...trail.slice(met), path].join(' -> '));
    if (met >= 0 || settled.has(path)) return;
    for (const target of imported.get(path) ?? []) visit(target, [...trail, path]);
    settled.add(path);
  };
  for (const path of imported.keys()) visit(path, []);
  expect(circles).toEqual([]);
});
