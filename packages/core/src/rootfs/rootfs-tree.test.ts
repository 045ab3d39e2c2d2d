import { expect, test } from 'vitest';
import type { RootfsLayer } from '../image/cluster-config.js';
import { RootfsTree, type TreeNode, type TreeRow } from './rootfs-tree.js';

/** `f`, `d/`, `l -> t`; white-outs are files. */
function rows(...paths: string[]): TreeRow[] {
  return paths.map((text) => {
    const [path = '', target] = text.split(' -> ');
    const kind = target !== undefined ? 'symlink' : path.endsWith('/') ? 'directory' : 'file';
    return [path.replace(/\/$/, ''), { kind, mode: 0o755, uid: 0, gid: 0, target }];
  });
}

function listed(node: TreeNode | undefined, prefix = ''): string[] {
  return [...(node?.children ?? [])].flatMap(([name, child]) => {
    if (child.kind === 'symlink') return [`${prefix}${name} -> ${child.target}`];
    return child.kind === 'file' ? [`${prefix}${name}`] : [`${prefix}${name}/`, ...listed(child, `${prefix}${name}/`)];
  });
}

const layer: RootfsLayer = {
  digest: `sha256:${'a'.repeat(64)}`,
  diffId: `sha256:${'b'.repeat(64)}`,
  size: 1,
  createdBy: '',
};

test.each<[string, string[][], string[]]>([
  ['layers lie over each other', [['a/', 'a/x'], ['a/y']], ['a/', 'a/x', 'a/y']],
  ['folders that are not named are there', [['a/b/x']], ['a/', 'a/b/', 'a/b/x']],
  ['a folder keeps what is in it', [['a/x'], ['a/']], ['a/', 'a/x']],
  ['a white-out removes', [['a/x', 'a/y'], ['a/.wh.x']], ['a/', 'a/y']],
  ['with all below', [['a/b/x', 'c'], ['.wh.a']], ['c']],
  ['an opaque folder loses what was there', [['a/x'], ['a/.wh..wh..opq', 'a/y']], ['a/', 'a/y']],
  ['white-outs are about layers below', [['a/x'], ['a/x', 'a/.wh.x']], ['a/', 'a/x']],
  ['what is removed need not be there', [['x'], ['a/.wh.y', '.wh.z']], ['x']],
  ['a file in the place of a folder', [['a/x'], ['a']], ['a']],
  [
    'a folder in the place of a link',
    [
      ['a -> b', 'b/x'],
      ['a/', 'a/y'],
    ],
    ['a/', 'a/y', 'b/', 'b/x'],
  ],
  ['a link in the place of a folder', [['a/x'], ['a -> b']], ['a -> b']],
])('%s', (_, layers, expected) => {
  const tree = new RootfsTree();
  for (const paths of layers) tree.lay(rows(...paths), layer);
  expect(listed(tree.get('')).sort()).toEqual(expected.sort());
});

test.each<[string, string[], string]>([
  ['a/b', [], 'a/b'],
  ['a/./b/', [], 'a/b'],
  ['l/x', ['l -> a/b'], 'a/b/x'],
  ['d/l/x', ['d/l -> ../e'], 'e/x'],
  ['d/l/x', ['d/l -> /e'], 'e/x'],
  ['d/l', ['d/l -> ../../../e'], 'e'],
  ['l', ['l -> k', 'k -> e'], 'e'],
  ['l/y', ['l -> k/x', 'k -> e'], 'e/x/y'],
  ['l', ['l -> .'], ''],
])('%s leads, with %j, to %j', (path, links, expected) => {
  const tree = new RootfsTree();
  tree.lay(rows(...links), layer);
  expect(tree.resolve(path)).toBe(expected);
});

test('a ring of links leads nowhere', () => {
  const tree = new RootfsTree();
  tree.lay(rows('a -> b', 'b -> a'), layer);
  expect(() => tree.resolve('a/x')).toThrow('ring of links');
});
