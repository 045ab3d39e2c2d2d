import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { readContext } from './context-files.js';
import { parseIgnoreFile } from './ignore-file.js';

/** test/integration/ignore-files.test.ts asks docker's own matcher about these and many more. */
test.each([
  ['secret (1).txt', ['secret (1).txt'], ['secret 1.txt']],
  ['a+b.txt', ['a+b.txt', 'a+b.txt/c'], ['aab.txt', 'x/a+b.txt', 'a+bxtxt']],
  ['*.log', ['a.log'], ['x/a.log', 'alog']],
  ['**/*.log', ['a.log', 'x/y/a.log'], ['a.logs']],
  ['/build/', ['build', 'build/a'], ['x/build']],
  ['docs\n!docs/keep.md', ['docs/a.md', 'docs/x/keep.md'], ['docs/keep.md']],
  ['docs/keep.md\n!docs', ['docs/keep.md'], ['docs/x']],
  ['a\r\nb', ['a', 'b'], ['c']],
  [' # x\n#y', ['# x'], ['#y']],
  ['x\\*', ['x*'], ['xa']],
])('%j leaves out what docker leaves out', (text, ignored, kept) => {
  const rules = parseIgnoreFile(text, '.sealerignore');
  expect(ignored.filter((path) => !rules.ignores(path))).toEqual([]);
  expect(kept.filter((path) => rules.ignores(path))).toEqual([]);
});

test.each(['a[', 'a[]', 'a[b-]', 'a\\', '[z-a]', '!', '!/', '\\x'])('%j is refused, with its line', (pattern) => {
  const read = () => parseIgnoreFile(`# first\n${pattern}\n`, '.dockerignore');
  const position = expect.objectContaining({ file: '.dockerignore', line: 2 });
  expect(read).toThrow(expect.objectContaining({ code: 'BUILD_IGNORE_INVALID', position }));
});

test('an ignore file that cannot be read is an error: nothing would be left out', async () => {
  await using folder = await temporaryDirectory();
  await writeFile(join(folder.path, 'secret'), '');
  await mkdir(join(folder.path, '.sealerignore'));
  await expect(readContext(folder.path)).rejects.toMatchObject({ code: 'BUILD_IGNORE_UNREADABLE' });
});
