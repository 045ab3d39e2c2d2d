/** What variables and quotes of a Kubefile become in an image; test/integration/kubefile-words.test.ts asks docker about words alone. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../go-sealer/open-store.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { buildImage } from './build-image.js';

async function build(lines: string, files: Record<string, string> = {}) {
  await using folder = await temporaryDirectory();
  const context = join(folder.path, 'context');
  await mkdir(context);
  for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
  await writeFile(join(context, 'Kubefile'), `FROM scratch\n${lines}\n`);
  const store = await openStore(join(folder.path, 'store'));
  const stateDirectory = join(folder.path, 'build');
  await buildImage({ context, tag: 'a:1', type: 'app-installer', store, stateDirectory });
  const { config } = await store.open('a:1');
  return config;
}

test.each<[string, Record<string, string>]>([
  ["ENV X=x\nENV S='a $X'", { X: 'x', S: 'a $X' }],
  ['ENV X=x\nENV S="a $X"', { X: 'x', S: 'a x' }],
  ['ENV X=x\nENV S=$X\'$X\'"$X"\\$X', { X: 'x', S: 'x$Xx$X' }],
  ['ENV A=${N-d} B=${N:-d} C=${N+d} D=${A:-e}', { A: 'd', B: 'd', C: '', D: 'e' }],
  [
    'ENV P=a/b.tar.gz\nENV A=${P%%.*} B=${P##*/} C=${P//a/x} D=${P/./-}',
    { P: 'a/b.tar.gz', A: 'a/b', B: 'b.tar.gz', C: 'x/b.txr.gz', D: 'a/b-tar.gz' },
  ],
  ['ENV A=$toString B=$constructor', { A: '', B: '' }],
  ['ENV A=1\nENV A=2 B=$A', { A: '2', B: '1' }],
  ['ENV A   two  words', { A: 'two  words' }],
  ["ENV A 'two'  words", { A: 'two  words' }],
  ['ARG V=1\nENV A=v$V', { A: 'v1' }],
  ["ARG V='$HOME'\nENV A=$V", { A: '$HOME' }],
])('%s', async (lines, env) => {
  expect((await build(lines)).env).toEqual(env);
});

test('LABEL, COPY and its target', async () => {
  const files = { 'a b': '1', c: '2' };
  const config = await build('ENV DIR=etc/x/ N=c\nLABEL "k 1"="v $DIR" k2=\'$DIR\'\nCOPY "a b" $N $DIR', files);
  expect(config.labels).toMatchObject({ 'k 1': 'v etc/x/', k2: '$DIR' });
  expect(config.rootfs).toHaveLength(1);
});

test.each([
  ['ENV A="x', 2, 5, 'KUBEFILE_SYNTAX'],
  ["LABEL a=1 b='x", 2, 11, 'KUBEFILE_SYNTAX'],
  ['COPY ${X a b', 2, 6, 'KUBEFILE_SYNTAX'],
  ['ENV A=${X^^}', 2, 5, 'KUBEFILE_SYNTAX'],
  ['ENV A=${X:0:1}', 2, 5, 'KUBEFILE_SYNTAX'],
  ['ENV A="${X:?say what X is}"', 2, 1, 'KUBEFILE_VARIABLE'],
])('%s is an error', async (lines, line, column, code) => {
  const position = expect.objectContaining({ line, column });
  const failure = await build(lines).catch((cause) => cause.errors?.[0] ?? cause);
  expect(failure).toMatchObject({ code, position });
});
