/** What a person sees: the built CLI on a pseudo terminal of 24 lines, looked at through a terminal's eyes. */

import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type ResultPromise } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { TestTerminal } from '../support/screen.js';

const cli = fileURLToPath(new URL('../../packages/cli/bin/run.js', import.meta.url));
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  folder = await temporaryDirectory();
  const context = join(folder.path, 'context');
  await mkdir(context);
  // Long enough for the drawing to begin.
  await writeFile(join(context, 'big'), '');
  await truncate(join(context, 'big'), 200_000_000);
  await writeFile(join(context, 'small'), 'small');
  await writeFile(join(context, 'Kubefile'), 'FROM scratch\nCOPY big big\nCOPY small small\n');
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Seen {
  terminal: TestTerminal;
  code: number;
}

/** @param onText may press keys: it is given the process whose standard input is the keyboard */
async function onTerminal(
  words: readonly string[],
  env: Record<string, string> = {},
  onText: (text: string, child: ResultPromise) => void = () => undefined,
): Promise<Seen> {
  const terminal = new TestTerminal(80, 24);
  const line = 'stty cols 80 rows 24; exec "$NODE" "$CLI" $WORDS';
  const { CI: _, NO_COLOR: __, ...rest } = process.env;
  const child = execa('script', ['-qefc', line, '/dev/null'], {
    buffer: false,
    reject: false,
    extendEnv: false,
    env: {
      ...rest,
      SHELL: '/bin/sh',
      TERM: 'xterm-256color',
      NODE: process.execPath,
      CLI: cli,
      WORDS: words.join(' '),
      SEALER_HOME: join(folder.path, 'home'),
      ...env,
    },
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    terminal.write(text);
    onText(text, child);
  });
  const { exitCode: code = 1 } = await child;
  return { terminal, code };
}

const build = () => ['build', '--no-cache', '-t', 'big:1', '--type', 'app-installer', join(folder.path, 'context')];

test('a build without colours: what is at work moves, instructions stay above it, the result comes last', async () => {
  const { terminal, code } = await onTerminal(build(), { NO_COLOR: '1' });
  expect(code, terminal.written).toBe(0);
  expect(terminal.written).not.toMatch(/\x1b\[\d+m/);
  expect(terminal.written).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] COPY big big: \d+\.\d MB of 200\.0 MB, \d+ %/);
  expect(await terminal.lines()).toEqual([
    '  [1/3] FROM scratch',
    '  [2/3] COPY big big',
    '  [3/3] COPY small small',
    expect.stringMatching(/^✔ COPY big big: 200\.0 MB of 200\.0 MB/),
    '✔ COPY small small: 5 B of 5 B',
    'docker.io/library/big:1',
    expect.stringMatching(/^sha256:\w{64} \(2 layers, 0 container images, .*\)$/),
  ]);
  expect(terminal.cursorIsShown).toBe(true);
});

test('Ctrl-C: what is at work is said to be stopped, and the cursor is there again', async () => {
  let pressed = false;
  const { terminal, code } = await onTerminal(build(), {}, (text, child) => {
    if (pressed || !/COPY big big: \d/.test(text)) return;
    pressed = true;
    child.stdin?.write('\x03');
  });
  expect(code, terminal.written).toBe(130);
  const lines = await terminal.lines();
  expect(lines).toContain('ending what runs; once more to leave at once');
  expect(lines.filter((line) => /^◼ COPY big big: /.test(line))).toHaveLength(1);
  expect(lines.at(-1)).toBe('Interrupted.');
  expect(terminal.cursorIsShown).toBe(true);
});

test.each<[string, Record<string, string>]>([
  ['a terminal that cannot', { TERM: 'dumb' }],
  ['CI', { CI: 'true' }],
])('nothing is drawn: %s', async (_, env) => {
  const { terminal, code } = await onTerminal(build(), env);
  expect(code, terminal.written).toBe(0);
  expect(terminal.written).not.toContain('\x1b');
});
