/** Variables and quotes in a Kubefile against docker's own shell lexer: hand-picked words and many made at random. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandWord } from '../../packages/core/src/kubefile/expand-word.js';
import { askDocker } from '../support/docker-oracle.js';

const values = {
  X: 'value',
  EMPTY: '',
  HOME: '/home/me',
  P: 'a/b/c.tar.gz',
  STAR: 'a*b?c',
  Q: `it's "so"`,
  ü: 'u',
  '1': 'one',
};

// biome-ignore format: a list to read
const words = [
  'a', "a'b'c", "'a $X'", '"a $X"', "S='a $X'", '"$X"\'$X\'$X', '\\$X', '"\\$X"', "'\\$X'", '\\\\$X', '$X', '$X.y', '${X}y', '$XY', '$', '$.', '$$', '$1', '$12', '$1x', '${1}', '$ü', '$é', '$toString', '${__proto__}', '$constructor', '$hasOwnProperty',
  '${X-d}', '${N-d}', '${EMPTY-d}', '${X:-d}', '${EMPTY:-d}', '${N:-$X}', '${N:-${EMPTY:-x}}', '${N:-a b}', "${N:-'a b'}", '${N:-"$X"}', '${N:-{}}', '${N-}', '${X+a}', '${N+a}', '${EMPTY+a}', '${EMPTY:+a}', '${X:+${N:-b}}',
  '${X?m}', '${N?m}', '${EMPTY?m}', '${EMPTY:?m}', '${X:?m}', '${N:?}', '${N?}', '${N:?must be $X}', '${P#*/}', '${P##*/}', '${P%.*}', '${P%%.*}', '${P%/*}', '${P#a}', '${P#x}', '${P#?}', '${P##?}', '${STAR#a\\*}', '${STAR%\\?c}', '${P%"gz"}', '${P%\'.gz\'}', '${N#a}',
  '${P/b/x}', '${P//\\//-}', '${P/*/x}', '${P/./-}', '${P//./-}', '${X/a/$HOME}', '${X/a}', '${X/a/b', '${X/}', '${X//a/}', '${X/(/x}', '${P/\\./x}', '${X#\\a}', '${X:#a}', '${X:%a}', '${X:0:1}', '${X^}', '${X,}', '${X@Q}', '${!X}', '${#X}', '${}', '${', '${X', '${X:-', '${X:-a', '${:-a}', '${{X}}', '${X }', '${ X}',
  '"', "'", '"a', "'a", 'a\\', '"a\\', 'a\\ b', 'a\\tb', '"a\\tb"', '"a\\"b"', "'a\\'", '"\\\\"', '', ' ', 'a  b', '"a  b"', '<', '<<EOF', '<< EOF', 'a<b', '$X$X', '$X${X}', '"${N:-"a"}"', '"${N:-\'a\'}"', "'${N:-a}'", '`', '\\`', '$(ls)', '$((1+1))', '日$X', '😀${X}', '{a,b}', '~', '*', '#',
];
const units = fc.constantFrom(
  ...'Xa/*?#% \'"\\$}',
  '${',
  '${X',
  '${N:-',
  '${P#',
  '${P%%',
  '${P/',
  '${EMPTY:+',
  '$X',
  ':?',
  'b',
);

test.each(['\\', '`'])('with %s as the escape', async (token) => {
  const made = fc.sample(fc.string({ unit: units, minLength: 1, maxLength: 8 }), { seed: 11, numRuns: 3000 });
  const env = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  const asked = [...words, ...made].map((word) => ({ word, env, escape: token }));
  const answers = await askDocker(asked);
  const differences = asked.flatMap(({ word }, at) => {
    const { error, result } = answers[at]!;
    const docker = error === undefined ? { result } : 'error';
    const ours = expanded(word, token);
    return JSON.stringify(ours) === JSON.stringify(docker) ? [] : [{ word, ours, docker: error ?? result }];
  });
  expect(differences).toEqual([]);
});

function expanded(word: string, token: string): { result: string } | 'error' {
  try {
    return { result: expandWord(word, values, { escapeToken: token }) };
  } catch {
    return 'error';
  }
}
