/** What COPY meets at its target. The right values are BuildKit's: its own copying code was run over this table. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readContext } from '../context/context-files.js';
import { findSources } from '../context/find-sources.js';
import { byRoot, entryOf, folderEntry } from '../context/layer-entry.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { Placer } from './place-entries.js';
import { RootfsTree, type TreeNode } from './rootfs-tree.js';

type Case = [name: string, rootfs: string[], context: string[], copy: string, expected: string[] | RegExp];

/** `f` is a file, `d/` a folder, `l -> t` a link. `f=new` is a file that came from the context. */
const table: Case[] = [
  // A file, and what is at its target.
  ['nothing there', [], ['f'], 'f to', ['to=new']],
  ['nothing there, in a folder that is missing', [], ['f'], 'f a/b/to', ['a/', 'a/b/', 'a/b/to=new']],
  ['a trailing slash', [], ['f'], 'f a/b/', ['a/', 'a/b/', 'a/b/f=new']],
  ['.', [], ['d/f'], 'd/f .', ['f=new']],
  ['/', [], ['d/f'], 'd/f /', ['f=new']],
  ['./', [], ['d/f'], 'd/f ./', ['f=new']],
  ['a/.', [], ['f'], 'f a/.', ['a/', 'a/f=new']],
  ['an absolute target', [], ['f'], 'f /a/to', ['a/', 'a/to=new']],
  ['a folder', ['manifests/old'], ['f'], 'f manifests', ['manifests/', 'manifests/f=new', 'manifests/old']],
  ['a folder, with a slash', ['m/old'], ['f'], 'f m/', ['m/', 'm/f=new', 'm/old']],
  ['a folder, with /.', ['m/old'], ['f'], 'f m/.', ['m/', 'm/f=new', 'm/old']],
  ['a folder that holds the file', ['m/f'], ['f'], 'f m', ['m/', 'm/f=new']],
  ['a folder that holds a folder of that name', ['m/f/x'], ['f'], 'f m', /"m\/f" is a folder/],
  ['a file', ['to'], ['f'], 'f to', ['to=new']],
  ['a file, with a slash', ['to'], ['f'], 'f to/', /"to" is a file .* a folder/],
  ['below a file', ['to'], ['f'], 'f to/x', /"to" is a file .* a folder/],
  // Links at the target.
  ['a link to a folder', ['real/old', 'm -> real'], ['f'], 'f m', ['m -> real', 'real/', 'real/f=new', 'real/old']],
  ['a link to a folder, with a slash', ['real/', 'm -> real'], ['f'], 'f m/', ['m -> real', 'real/', 'real/f=new']],
  [
    'an absolute link to a folder',
    ['usr/lib/', 'lib -> /usr/lib'],
    ['f'],
    'f lib/x',
    ['lib -> /usr/lib', 'usr/', 'usr/lib/', 'usr/lib/x=new'],
  ],
  ['a link above the target', ['a/b/', 'c -> a'], ['f'], 'f c/b/to', ['a/', 'a/b/', 'a/b/to=new', 'c -> a']],
  [
    'a link over the root',
    ['a/m -> ../../../real', 'real/'],
    ['f'],
    'f a/m',
    ['a/', 'a/m -> ../../../real', 'real/', 'real/f=new'],
  ],
  ['a link to a file', ['real', 'to -> real'], ['f'], 'f to', ['real=new', 'to -> real']],
  ['a link to a file, with a slash', ['real', 'to -> real'], ['f'], 'f to/', /"real" is a file/],
  ['a dangling link', ['to -> gone/x'], ['f'], 'f to', ['gone/', 'gone/x=new', 'to -> gone/x']],
  ['a dangling link, with a slash', ['to -> gone'], ['f'], 'f to/', ['gone/', 'gone/f=new', 'to -> gone']],
  ['a link to a link', ['a -> b', 'b -> c', 'c/'], ['f'], 'f a', ['a -> b', 'b -> c', 'c/', 'c/f=new']],
  ['a ring of links', ['a -> b', 'b -> a'], ['f'], 'f a', /"a" is a ring of links/],
  ['in a folder, in the place of a link', ['m/f -> ../x', 'x'], ['f'], 'f m', ['m/', 'm/f=new', 'x']],
  // A folder: its contents are copied.
  ['a folder to nothing', [], ['d/f', 'd/e/g'], 'd to', ['to/', 'to/e/', 'to/e/g=new', 'to/f=new']],
  ['a folder, with a slash, to nothing', [], ['d/f'], 'd/ to/', ['to/', 'to/f=new']],
  ['a folder to a folder', ['to/old'], ['d/f'], 'd to', ['to/', 'to/f=new', 'to/old']],
  ['a folder to the root', ['old'], ['d/f'], 'd /', ['f=new', 'old']],
  ['the context to the root', ['old'], ['d/f'], '. .', ['d/', 'd/f=new', 'old']],
  ['the context to a folder', [], ['f'], '/ to', ['to/', 'to/f=new']],
  ['an empty folder', [], ['d/'], 'd to', ['to/']],
  ['a folder to a file', ['to'], ['d/f'], 'd to', /"to" is a file .* a folder/],
  ['a folder below a file', ['to'], ['d/f'], 'd to/x', /"to" is a file .* a folder/],
  [
    'a folder to a link to a folder',
    ['real/old', 'to -> real'],
    ['d/f'],
    'd to',
    ['real/', 'real/f=new', 'real/old', 'to -> real'],
  ],
  ['a folder to a dangling link', ['to -> gone'], ['d/f'], 'd to', ['gone/', 'gone/f=new', 'to -> gone']],
  ['a folder to a link to a file', ['real', 'to -> real'], ['d/f'], 'd to', /"real" is a file/],
  ['a folder with a file where a folder is', ['to/f/x'], ['d/f'], 'd to', /"to\/f" is a folder .* a file/],
  ['a folder with a folder where a file is', ['to/e'], ['d/e/f'], 'd to', /"to\/e" is a file .* a folder/],
  [
    'a folder with a folder where a link is',
    ['to/e -> ../x', 'x/'],
    ['d/e/f'],
    'd to',
    /"to\/e" is a link .* a folder/,
  ],
  ['a folder with a file where a link is', ['to/f -> ../x', 'x'], ['d/f'], 'd to', ['to/', 'to/f=new', 'x']],
  ['a folder over one', ['to/e/old'], ['d/e/f'], 'd to', ['to/', 'to/e/', 'to/e/f=new', 'to/e/old']],
  // Links as sources.
  ['a link to a file', [], ['f', 'l -> f'], 'l to', ['to=new']],
  ['a link to a file keeps its name', ['m/'], ['f', 'l -> f'], 'l m', ['m/', 'm/l=new']],
  ['a link upwards', [], ['f', 'd/l -> ../f'], 'd/l to', ['to=new']],
  ['a link to a folder', [], ['d/f', 'l -> d'], 'l to', ['to/', 'to/f=new']],
  ['a link on the way', [], ['d/f', 'l -> d'], 'l/f to', ['to=new']],
  ['an absolute link is one of the context', [], ['d/f', 'l -> /d/f'], 'l to', ['to=new']],
  ['a link over the context', [], ['f', 'd/l -> ../../../f'], 'd/l to', ['to=new']],
  ['a link to nothing', [], ['l -> gone'], 'l to', /"l" leads by links to "gone", which is not in the build context/],
  ['a link out', [], ['l -> /etc/passwd'], 'l to', /"l" leads by links to "etc\/passwd", which is not/],
  ['a ring', [], ['l -> k', 'k -> l'], 'l to', /"l" leads into a ring of links/],
  ['links in a folder stay links', [], ['d/l -> ../x'], 'd to', ['to/', 'to/l -> ../x']],
  ['a link where a link is', ['to/l -> a'], ['d/l -> b'], 'd to', ['to/', 'to/l -> b']],
  ['a link where a folder is', ['to/l/x'], ['d/l -> b'], 'd to', /"to\/l" is a folder .* a link/],
  // Wildcards.
  ['one match', [], ['f.tar'], 'f* to', ['to=new']],
  ['one match, to a folder', ['m/'], ['f.tar'], 'f* m', ['m/', 'm/f.tar=new']],
  ['two matches, to a folder', ['m/'], ['f1', 'f2'], 'f? m', ['m/', 'm/f1=new', 'm/f2=new']],
  ['two matches', [], ['f1', 'f2'], 'f[1-2] m/', ['m/', 'm/f1=new', 'm/f2=new']],
  ['a match that is a link', [], ['f', 'l -> f'], 'l* m/', ['m/', 'm/l=new']],
  ['a match that is a folder', ['m/'], ['d1/f', 'd2/g'], 'd* m', ['m/', 'm/f=new', 'm/g=new']],
  ['a wildcard below a link', [], ['d/f', 'l -> d'], 'l/* m/', ['m/', 'm/f=new']],
  ['a wildcard in the middle', [], ['a/x/f', 'a/y/f', 'a/f'], 'a/*/f m/', ['m/', 'm/f=new']],
  ['a class that leaves out', [], ['fa', 'fb'], 'f[^a] m/', ['m/', 'm/fb=new']],
  ['a star in a class', [], ['f*', 'fa'], 'f[*] m/', ['m/', 'm/f*=new']],
];

async function fill(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const [path = '', target] = file.split(' -> ');
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (target !== undefined) await symlink(target, join(folder, path));
    else if (path.endsWith('/')) await mkdir(join(folder, path), { recursive: true });
    else await writeFile(join(folder, path), 'new');
  }
}

function treeOf(files: readonly string[]): RootfsTree {
  const tree = new RootfsTree();
  for (const file of files) {
    const [path = '', target] = file.split(' -> ');
    const kind = target === undefined ? (path.endsWith('/') ? 'directory' : 'file') : 'symlink';
    tree.put(path, { kind, mode: 0o755, uid: 0, gid: 0, target });
  }
  return tree;
}

function listed(node: TreeNode | undefined, prefix = ''): string[] {
  return [...(node?.children ?? [])].flatMap(([name, { kind, target, content, ...rest }]) => {
    const path = `${prefix}${name}`;
    if (kind === 'symlink') return [`${path} -> ${target}`];
    if (kind === 'file') return [`${path}${content ? '=new' : ''}`];
    return [`${path}/`, ...listed({ kind, target, ...rest }, `${path}/`)];
  });
}

/** @returns the rootfs afterwards, or what is wrong */
async function copy(folder: string, rootfs: readonly string[], words: readonly string[]): Promise<string[] | string> {
  const tree = treeOf(rootfs);
  try {
    const context = await readContext(folder);
    const placer = new Placer(tree, words.at(-1) as string);
    for (const source of words.slice(0, -1))
      for (const found of await findSources(context, source))
        placer.source(found, (file, target) => (file ? entryOf(file, target, byRoot) : folderEntry(byRoot)));
    for (const { path } of placer.entries) expect(tree.get(path)).toBeDefined();
    return listed(tree.get('')).sort();
  } catch (cause) {
    return (cause as Error).message;
  }
}

test.each(table)('%s', async (_, rootfs, files, words, expected) => {
  await using folder = await temporaryDirectory();
  await fill(folder.path, files);
  const found = await copy(folder.path, rootfs, words.split(' '));
  if (expected instanceof RegExp) expect(found).toMatch(expected);
  else expect(found).toEqual([...expected].sort());
});
