import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { Secret } from '../secrets/secret.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { askModule } from './ask-module.js';
import { isProgramFailure, isProgramMissing, saidBy } from './program-errors.js';
import { outputOf } from './program-output.js';
import { programSucceeds, type RunOptions, runProgram } from './run-program.js';
import { startProgram } from './start-program.js';

const folder = await temporaryDirectory();
afterAll(() => folder[Symbol.asyncDispose]());
const sh = (script: string, options?: RunOptions) => runProgram(['sh', '-c', script], options);
const failureOf = (outcome: Promise<unknown>) =>
  outcome.then(
    () => 'no failure',
    (cause) => cause,
  );
/** One that has ended, and that nobody has asked for yet, is not there. */
const isThere = async (pid: number) => /\) [^Z]/.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
const isGone = async (pid: number) => {
  for (let wait = 0; wait < 100 && (await isThere(pid)); wait++) await sleep(20);
  return !(await isThere(pid));
};

describe('how a program ends', () => {
  test.each([
    ['exit 3', { exitCode: 3 }, 'sh ended with exit code 3'],
    ['echo one >&2; echo two >&2; exit 1', { exitCode: 1 }, 'sh ended with exit code 1: one\ntwo'],
    ['kill -KILL $$', { signal: 'SIGKILL' }, 'sh ended with signal SIGKILL'],
    ['exec no-such-program-at-all 2>/dev/null', { exitCode: 127 }, 'sh ended with exit code 127'],
  ])('%s', async (script, end, message) => {
    const failure = await failureOf(sh(script));
    expect(failure).toMatchObject({ code: 'PROGRAM_FAILED', message, end });
    expect(isProgramFailure(failure)).toBe(true);
  });

  test.each([
    ['a name', () => 'no-such-program-at-all', 'PROGRAM_NOT_FOUND', 'install no-such-program-at-all, or add'],
    ['a path', () => join(folder.path, 'none'), 'PROGRAM_NOT_FOUND', 'see that the file is there'],
    ['no program', async () => await file('text', 'x', 0o644), 'PROGRAM_NOT_STARTED', 'may be executed'],
    ['no interpreter', async () => await file('odd', '#!/no/such/shell\n', 0o755), 'PROGRAM_NOT_FOUND', 'interpreter'],
    ['a zero byte', () => 'a\0b', 'PROGRAM_NOT_STARTED', 'may be executed'],
  ])('not started: %s', async (_, name, code, hint) => {
    const failure = await failureOf(runProgram([await name()]));
    expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(isProgramMissing(failure)).toBe(code === 'PROGRAM_NOT_FOUND');
  });

  async function file(name: string, content: string, mode: number): Promise<string> {
    await writeFile(join(folder.path, name), content);
    await chmod(join(folder.path, name), mode);
    return join(folder.path, name);
  }

  test('a folder that is not there is no missing program', async () => {
    const failure = await failureOf(runProgram(['true'], { cwd: join(folder.path, 'gone') }));
    expect(failure).toMatchObject({ code: 'PROGRAM_NOT_STARTED', message: expect.stringContaining('no folder') });
  });

  test('the last lines of standard error are kept, a secret masked', async () => {
    const secret = new Secret('not-for-logs-4711');
    const script = 'i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done; echo "at $P" >&2; exit 1';
    const failure = await failureOf(sh(script, { env: { P: secret } }));
    if (!isProgramFailure(failure)) throw failure;
    expect(failure.stderr.length).toBeLessThanOrEqual(16 * 1024);
    expect(failure.stderr.endsWith('line 4999\nat ***\n')).toBe(true);
    expect(failure.message.split('\n')).toHaveLength(10);
    expect(saidBy(failure)).toBe(failure.stderr.trim());
  });

  test('succeeds or not', async () => {
    expect(await programSucceeds(['true'])).toBe(true);
    expect(await programSucceeds(['false'])).toBe(false);
    expect(await programSucceeds(['no-such-program-at-all'])).toBe(false);
    await expect(programSucceeds(['true'], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});

describe('input and environment', () => {
  test('a secret arrives, and is not in the command line', async () => {
    const secret = new Secret('in-by-stdin-4711');
    const output = await sh('tr "\\0" " " < /proc/$$/cmdline; cat', { input: secret });
    expect(output.endsWith('in-by-stdin-4711')).toBe(true);
    expect(output.split('in-by-stdin-4711')).toHaveLength(2);
    expect(output).toContain('sh -c');
  });

  test('text, a stream, nothing', async () => {
    async function* chunks() {
      for (let at = 0; at < 3; at++) yield Buffer.from(`${at}`);
    }
    expect(await runProgram(['cat'], { input: 'text' })).toBe('text');
    expect(await runProgram(['cat'], { input: chunks() })).toBe('012');
    expect(await runProgram(['cat'])).toBe('');
  });

  test('input that fails ends the program; input that is not wanted is no failure', async () => {
    async function* broken() {
      yield Buffer.from('x');
      throw new Error('the disk is on fire');
    }
    await expect(runProgram(['cat'], { input: broken() })).rejects.toThrow('the disk is on fire');
    async function* endless() {
      for (;;) yield Buffer.alloc(64 * 1024);
    }
    expect(await runProgram(['head', '-c', '3'], { input: endless() })).toHaveLength(3);
  });

  test('environment: beside that of this process, or its own', async () => {
    expect(await sh('echo "$A$HOME"', { env: { A: '1' } })).toBe(`1${process.env.HOME}\n`);
    expect(await sh('env', { env: { A: '1' }, ownEnv: true })).not.toContain('HOME=');
  });
});

describe('bounds and cancelling', () => {
  test('more output than allowed ends the program, in bounded memory', async () => {
    const failure = runProgram(['sh', '-c', 'echo $$ >&2; exec cat /dev/zero'], { limit: 1024 * 1024, onStderr });
    let pid = 0;
    function onStderr(line: string) {
      pid = Number(line);
    }
    await expect(failure).rejects.toMatchObject({ code: 'PROGRAM_OUTPUT_TOO_LARGE' });
    expect(await isGone(pid)).toBe(true);
  });

  test('who reads slowly keeps the program waiting', async () => {
    const program = await startProgram(['cat', '/dev/zero']);
    let read = 0;
    for await (const chunk of outputOf(program)) {
      read += chunk.length;
      if (read > 1024 * 1024) break;
      await sleep(1);
    }
    expect(read).toBeLessThan(2 * 1024 * 1024);
    expect(await isGone(program.pid)).toBe(true);
  });

  test('a time limit', async () => {
    const failure = await failureOf(sh('echo waiting >&2; exec sleep 60', { timeout: 200 }));
    expect(failure).toMatchObject({ code: 'PROGRAM_TIMEOUT', message: 'sh was ended after 0.2 s: waiting' });
  });

  test.each([
    ['at once', 'exec sleep 60'],
    ['although what it started keeps its pipes', 'sleep 5 & wait'],
  ])('aborted: %s', async (_, script) => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const began = performance.now();
    setTimeout(() => stop.abort(reason), 100);
    expect(await failureOf(sh(script, { signal: stop.signal }))).toBe(reason);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(await failureOf(sh(script, { signal: stop.signal }))).toBe(reason);
  });

  test('one apart ends with all that it started', async () => {
    const stop = new AbortController();
    const program = await startProgram(['sh', '-c', 'sleep 60 & echo $!; wait'], { apart: true, signal: stop.signal });
    const [first] = await Promise.all([new Promise<Buffer>((resolve) => program.stdout.once('data', resolve))]);
    stop.abort();
    expect(await program.ended).toMatchObject({ signal: 'SIGTERM' });
    expect(await isGone(Number(first))).toBe(true);
  });
});

test('output that is read late is there, and pipes beside the standard streams work', async () => {
  const program = await startProgram(['sh', '-c', 'echo early; echo ready >&4; read -r word <&3; echo "$word"'], {
    pipes: 2,
  });
  await sleep(100);
  const [go, reports] = program.pipes;
  expect(String(await new Promise((resolve) => reports?.once('data', resolve)))).toBe('ready\n');
  go?.write('go\n');
  expect(await text(program.stdout)).toBe('early\ngo\n');
  expect(await program.ended).toEqual({ exitCode: 0, signal: undefined, timedOut: false });
});

test('output that nobody reads keeps nobody waiting', async () => {
  const program = await startProgram(['sh', '-c', 'echo unread']);
  expect(await program.ended).toMatchObject({ exitCode: 0 });
});

describe('a module in a process of its own', () => {
  const write = async (body: string) => {
    const path = join(folder.path, `${Math.random()}.mjs`);
    await writeFile(path, body);
    return path;
  };

  test('answers with what JSON has not', async () => {
    const script = await write(
      "process.once('message', ({ n }) => process.send(Float64Array.of(n, NaN), () => process.disconnect()));",
    );
    expect(await askModule(script, { n: 7 })).toEqual(Float64Array.of(7, Number.NaN));
  });

  test('fails with its last words', async () => {
    const script = await write("process.once('message', () => { console.error('out of luck'); process.exit(4); });");
    const failure = await failureOf(askModule(script, {}));
    expect(failure).toMatchObject({ code: 'PROGRAM_FAILED', end: { exitCode: 4 } });
    expect(saidBy(failure)).toBe('out of luck');
  });

  test('is ended by its signal', async () => {
    const pidFile = join(folder.path, 'pid');
    const script = await write(
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
process.once('message', () => setTimeout(() => {}, 60_000));`,
    );
    const stop = new AbortController();
    const outcome = failureOf(askModule(script, {}, stop.signal));
    let pid = 0;
    while (!pid) {
      await sleep(20);
      pid = Number(await readFile(pidFile, 'utf8').catch(() => 0));
    }
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await outcome).toBe(reason);
    expect(await isGone(pid)).toBe(true);
  });
});
