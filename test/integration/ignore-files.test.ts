/** Ignore files against docker's own matcher: hand-picked patterns and many made at random, over paths of all sorts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIgnoreFile } from '../../packages/core/src/context/ignore-file.js';
import { askDocker } from '../support/docker-oracle.js';

// biome-ignore format: a list to read
const patterns = [
  'secret (1).txt', 'a.b', 'a+b', 'a|b', 'a$b', 'a{b}', 'a{1,2}', '(x)', 'x^y', '^x', '*.txt', '*', '**', '**/', '/', '/a', 'a/', './a', 'a/../b', '../a', '.',
  '**/*.txt', '**/a', '**a', 'a**', 'a/**', 'a/**/b', 'a**b', 'a/*/b', '*/b', '?', 'a?c', '??', '[ab]', '[a-c]x', '[^a]', '[!a]', 'x[*]', 'x[?]y', '[]a]', '[a', 'a]',
  '[a-]', '[-a]', '[z-a]', '[\\]]', '[[:alpha:]]', '[[:nope:]]', '[^/]b', '\\a', '\\*', '\\[a\\]', '\\ ', 'a\\', 'a\\.b', '\\d', '\\D', '\\w', '\\z', '\\n', 'ä', '?b', '[ä-ü]', '日?', '😀', '[😀]', 'a b', ' a',
  '# comment', ' # no comment', '\\#x', '!a', '! a', '!', '!/', '!/a', '!!a', '*\n!a', 'a\n!a/b', 'a\n!a/b\na/b/c', '**\n!**/keep', '*\n!*.txt\nb.txt', 'a/b\n!a\na/b/c', 'node_modules\r\nb\r', '\ufeffa', 'a\n\n\nb', '.git', '.*',
  '**/.git', '**.txt', '*.md\n!README.md\nREADME-secret.md', 'a//b', 'a/./b', '**/b/**', '**/**/a', '***', 'a/***', '***/b', '-', '~', '%', '@', 'A', 'a/b/c/d', '!**', '*\n!**/c', 'a*/**/d', '/**/a', '//a', 'a/..', 'a/../..', '..', '!..',
];
// biome-ignore format: a list to read
const paths = [
  'a', 'b', 'c', 'x', 'A', 'a/b', 'a/b/c', 'a/b/c/d', 'b/a', 'b/b', 'a/a', 'x/a', 'x/b', 'a/x/b', 'ab', 'abc', 'aXc', 'axb', 'a/keep', 'x/y/keep', 'keep', 'secret (1).txt', 'secret 1.txt', 'a.b', 'aab', 'aXb', 'a+b', 'a|b', 'a$b', 'a{b}', 'a{1,2}', '(x)', 'x^y',
  '^x', 'a.txt', 'b.txt', 'd/a.txt', 'x/y/z.txt', '.txt', 'ax', 'bx', 'x*', 'xa', 'x?y', 'xay', ']', 'a]', '-', '[a]', '[', '*', '#x', '# no comment', '!a', ' ', 'ä', 'ö', 'äb', '日本', '日', '😀', 'a b', '.git', '.gitignore', 'x/.git', 'x/.git/HEAD', 'node_modules',
  'node_modules/x', 'README.md', 'README-secret.md', 'x.md', '1', 'd', 'a\\', 'a\\.b', '\\d', '~', '%', '@', 'a\nb', 'a/b\nc', 'aa/x/y/d', 'b/c', 'x/c',
];
const letters = fc.constantFrom(...'aab/*?.[]^!-\\# **/é', '**', '**/', '[ab]', '[^a]', 'a/b', '/**/', '\n', '\n!');
const names = fc.string({ unit: fc.constantFrom(...'aab.-c', 'é', '/'), minLength: 1, maxLength: 7 });

test('what is left out is what docker leaves out', async () => {
  const made = fc.sample(fc.string({ unit: letters, minLength: 1, maxLength: 9 }), { seed: 7, numRuns: 1500 });
  const visited = fc
    .sample(names, { seed: 8, numRuns: 80 })
    .filter((path) => path.split('/').every((name) => name !== '' && name !== '.' && name !== '..'));
  const asked = [...patterns, ...made].map((text) => ({ text, paths: [...paths, ...visited] }));
  const answers = await askDocker(asked);
  const differences = asked.flatMap(({ text, paths }, at) => {
    const { error, ignored } = answers[at]!;
    const ours = read(text, paths);
    // Docker compares with a malformed pattern only when it has to; here it is an error in any case.
    if (ours === undefined && !error && /\[|\\$|\n/.test(text.trim())) return [];
    const same = error ? ours === undefined : JSON.stringify(ours) === JSON.stringify(ignored);
    return same ? [] : [{ text, ours, docker: error ?? ignored }];
  });
  expect(differences).toEqual([]);
});

/** The paths that are ignored; undefined for an ignore file that is refused. */
function read(text: string, paths: readonly string[]): string[] | undefined {
  let rules: ReturnType<typeof parseIgnoreFile>;
  try {
    rules = parseIgnoreFile(text, '.sealerignore');
  } catch (cause) {
    expect(cause).toMatchObject({ code: 'BUILD_IGNORE_INVALID' });
    return undefined;
  }
  return paths.filter((path) => rules.ignores(path));
}
