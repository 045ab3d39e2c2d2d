import type { SealerEvent } from '@sealer/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TestTerminal } from '../../../../../test/support/screen.js';
import type { Renderer } from '../renderer.js';
import { liveRenderer } from './live.js';

let terminal: TestTerminal;
let renderer: Renderer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  renderer.end('stopped');
  vi.useRealTimers();
});

function open(columns = 80, rows = 24): void {
  terminal = new TestTerminal(columns, rows);
  renderer = liveRenderer(terminal);
}

/** Lets the drawing begin, which real loading of modules is part of. */
async function drawn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(150);
  const until = performance.now() + 10_000;
  while (terminal.cursorIsShown && performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
}

async function seen(): Promise<string[]> {
  const lines = terminal.lines();
  await vi.advanceTimersByTimeAsync(1);
  return (await lines).map((line) => line.replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, '*'));
}

async function scrolled(): Promise<number> {
  const count = terminal.scrolled();
  await vi.advanceTimersByTimeAsync(1);
  return await count;
}

type EventOf<Type> = Extract<SealerEvent, { type: Type }>;

const emit = (...events: SealerEvent[]) => events.forEach((event) => void renderer.emit(event));
const names = (count: number) => Array.from({ length: count }, (_, index) => `10.0.0.${index + 1}`);
const runStart = (hosts: string[], each = 2): SealerEvent => ({
  type: 'run-start',
  operation: 'run',
  cluster: 'c',
  steps: each * hosts.length,
  hosts,
  stepsByHost: Object.fromEntries(hosts.map((host) => [host, each])),
});
const runEnd = (status: 'done' | 'failed' | 'interrupted', done: number): SealerEvent => ({
  type: 'run-end',
  operation: 'run',
  cluster: 'c',
  status,
  done,
  skipped: 0,
  seconds: 12,
});
const place = (host: string, title: string) => ({ step: `${host} ${title}`, title, host, phase: 'p' });
const start = (host: string, title: string): EventOf<'step-start'> => ({ type: 'step-start', ...place(host, title) });
const end = (host: string, title: string, failure?: string): EventOf<'step-end'> => ({
  type: 'step-end',
  ...place(host, title),
  status: failure ? 'failed' : 'done',
  seconds: 1,
  ...(failure ? { error: { code: 'X', message: failure } } : {}),
});
const output = (host: string, title: string, line: string): SealerEvent => ({
  type: 'step-output',
  step: `${host} ${title}`,
  host,
  line,
});
const sent = (host: string, title: string, current: number, total: number): SealerEvent => ({
  type: 'step-progress',
  step: `${host} ${title}`,
  host,
  current,
  total,
  unit: 'bytes',
});
const work = (id: string, current: number, total?: number, done?: true): EventOf<'progress'> => ({
  type: 'progress',
  id,
  title: id,
  current,
  unit: 'bytes',
  ...(total === undefined ? {} : { total }),
  ...(done ? { done } : {}),
});
const tell = (text: string, level: 'info' | 'warning' = 'info', host?: string): SealerEvent => ({
  type: 'message',
  level,
  text,
  ...(host ? { host } : {}),
});

describe('what is drawn', () => {
  const [a, b, c] = names(3) as [string, string, string];
  const MB = 1_000_000;
  const cases: [string, SealerEvent[], number, string[]][] = [
    ['a host that waits', [runStart([a])], 0, ['◼ 10.0.0.1  waits']],
    ['a step that began', [runStart([a]), start(a, 'Unpack')], 0, ['* 10.0.0.1  Unpack']],
    ['a step that takes long', [runStart([a]), start(a, 'Unpack')], 5500, ['* 10.0.0.1  Unpack (5 s)']],
    ['minutes', [runStart([a]), start(a, 'Unpack')], 65_500, ['* 10.0.0.1  Unpack (1 min 5 s)']],
    [
      'a transfer of a step',
      [runStart([a]), start(a, 'Send'), sent(a, 'Send', 5 * MB, 20 * MB)],
      3500,
      ['* 10.0.0.1  Send: 5.0 MB of 20.0 MB, 25 % (3 s)'],
    ],
    [
      'what a step writes, below it',
      [runStart([a]), start(a, 'Init'), output(a, 'Init', '\x1b[31m[etcd]\x1b[0m waits\x07')],
      0,
      ['* 10.0.0.1  Init', '  › [etcd] waits'],
    ],
    ['between two steps', [runStart([a]), start(a, 'One'), end(a, 'One')], 0, ['◼ 10.0.0.1  waits, 1 of 2 steps']],
    [
      'a host that is finished',
      [runStart([a]), start(a, 'One'), end(a, 'One'), start(a, 'Two'), end(a, 'Two')],
      0,
      ['✔ 10.0.0.1  2 steps (2.0 s)'],
    ],
    [
      'a step that is waited for by another',
      [runStart([a]), start(a, 'Join'), start(a, 'Make a token')],
      0,
      ['* 10.0.0.1  Make a token'],
    ],
    [
      'a step on demand, which the plan does not count',
      [
        runStart([a], 1),
        { ...start(a, 'Make a token'), onDemand: true },
        { ...end(a, 'Make a token'), onDemand: true },
      ],
      0,
      ['◼ 10.0.0.1  waits'],
    ],
    [
      'a failure',
      [runStart([a]), start(a, 'One'), end(a, 'One', 'no space\nleft')],
      0,
      ['✖ 10.0.0.1  One: no space left'],
    ],
    [
      'three hosts, names in a column',
      [runStart([a, b, 'node-name-3'], 1), start(a, 'One'), end(b, 'One'), start('node-name-3', 'One')],
      0,
      ['* 10.0.0.1     One', '✔ 10.0.0.2     1 step (1.0 s)', '* node-name-3  One'],
    ],
    ['a host without steps', [runStart([c], 0)], 0, ['✔ 10.0.0.3  nothing to do']],
    ['work on an image', [work('Pull i', 5 * MB, 20 * MB)], 0, ['* Pull i: 5.0 MB of 20.0 MB, 25 %']],
    ['work of unknown length', [work('Save', 5 * MB)], 4500, ['* Save: 5.0 MB (4 s)']],
    [
      'finished work',
      [work('Pull i', 0, 2 * MB), work('Pull i', 2 * MB, 2 * MB, true)],
      0,
      ['✔ Pull i: 2.0 MB of 2.0 MB'],
    ],
    [
      'blobs of an image, each with a line',
      [
        work('Pull i', 3 * MB, 9 * MB),
        { ...work('blob a', 2 * MB, 2 * MB, true), partOf: 'Pull i' },
        { ...work('blob b', 1 * MB, 7 * MB), partOf: 'Pull i' },
      ],
      0,
      ['* Pull i: 3.0 MB of 9.0 MB, 33 %', '✔ blob a: 2.0 MB of 2.0 MB', '* blob b: 1.0 MB of 7.0 MB, 14 %'],
    ],
    [
      'blobs go when their image is there',
      [
        work('Pull i', 3 * MB, 9 * MB),
        { ...work('blob a', 9 * MB, 9 * MB, true), partOf: 'Pull i' },
        work('Pull i', 9 * MB, 9 * MB, true),
      ],
      0,
      ['✔ Pull i: 9.0 MB of 9.0 MB'],
    ],
    [
      'the same work again',
      [work('Pull i', 2 * MB, 2 * MB, true), work('Pull i', 1 * MB, 2 * MB)],
      0,
      ['* Pull i: 1.0 MB of 2.0 MB, 50 %'],
    ],
    [
      'a name that is too long leaves room for how far it is',
      [work(`Pull ${'registry.example/'.repeat(6)}`, 5 * MB, 20 * MB)],
      0,
      ['* Pull registry.example/registry.example/registry.ex…: 5.0 MB of 20.0 MB, 25 %'],
    ],
    ['wide characters', [runStart([a]), start(a, '漢'.repeat(60))], 0, [`* 10.0.0.1  ${'漢'.repeat(33)}…`]],
  ];
  test.each(cases)('%s', async (_, events, later, expected) => {
    open();
    emit(...events);
    await drawn();
    await vi.advanceTimersByTimeAsync(Math.max(200, later - 150));
    const begins = events[0]?.type === 'run-start' ? 1 : 0;
    expect((await seen()).slice(begins)).toEqual(expected);
    for (const line of await seen()) expect(line.length).toBeLessThan(80);
  });
});

test('lines that must stay are above the drawing, in their order', async () => {
  open();
  emit(tell('before'), work('Load', 1), tell('early', 'warning'));
  await drawn();
  emit(tell('  | RUN says\r\x1b[2Ja line'), tell('look', 'warning', '10.0.0.9'));
  await vi.advanceTimersByTimeAsync(300);
  emit(tell('two\nlines'));
  expect(await seen()).toEqual([
    '  before',
    '! early',
    '  a line',
    '! [10.0.0.9] look',
    '  two',
    'lines',
    '* Load: 1 B',
  ]);
});

test('40 hosts on 24 lines: a drawing never higher than the terminal, nothing garbled, failures to the end', async () => {
  open(80, 24);
  const hosts = names(40);
  emit(runStart(hosts, 3));
  await drawn();
  let most = 0;
  const look = async () => {
    await vi.advanceTimersByTimeAsync(100);
    const lines = await seen();
    most = Math.max(most, lines.length);
    expect(lines[0]).toBe('run of cluster c: 120 steps on 40 hosts');
    expect(await scrolled()).toBeLessThanOrEqual(1);
    const drawnHosts = lines.slice(1).flatMap((line) => /^\S (10\.\S+)/.exec(line)?.[1] ?? []);
    expect(new Set(drawnHosts).size).toBe(drawnHosts.length);
    return lines;
  };
  expect((await look()).at(-1)).toBe('  and 18 more: 18 waiting');
  for (const step of ['One', 'Two', 'Three'])
    for (const [index, host] of hosts.entries()) {
      const failsHere = step === 'Two' && (host === '10.0.0.3' || host === '10.0.0.30');
      if (step === 'Three' && (host === '10.0.0.3' || host === '10.0.0.30')) continue;
      emit(start(host, step), output(host, step, 'a line'));
      if (index % 8 === 0) await look();
      emit(end(host, step, failsHere ? 'disk full' : undefined));
    }
  const lines = await look();
  expect(most).toBe(24);
  expect(lines).toContain('✖ 10.0.0.3   Two: disk full');
  expect(lines).toContain('✖ 10.0.0.30  Two: disk full');
  // The latest finished are seen, the others counted.
  expect(lines).toContain('✔ 10.0.0.40  3 steps (3.0 s)');
  expect(lines.at(-1)).toBe('  and 18 more: 18 done');
  emit(runEnd('failed', 116));
  const last = await seen();
  expect(last.slice(-4)).toEqual([
    '  and 16 more: 16 done',
    '✖ 10.0.0.3  Two: disk full',
    '✖ 10.0.0.30  Two: disk full',
    'failed: 116 steps run, 0 held already, 2 of 40 hosts failed, 12.0 s',
  ]);
  expect(last).toHaveLength(1 + 23 + 3);
  expect(terminal.cursorIsShown).toBe(true);
});

test('more failures than lines: all are named at the end', async () => {
  open(80, 10);
  const hosts = names(40);
  emit(runStart(hosts));
  await drawn();
  for (const host of hosts) emit(start(host, 'One'), end(host, 'One', 'no route'));
  await vi.advanceTimersByTimeAsync(200);
  expect((await seen()).at(-1)).toBe('  and 32 more: 32 failed');
  emit(runEnd('failed', 0));
  const lines = await seen();
  for (const host of hosts) expect(lines.filter((line) => line === `✖ ${host}  One: no route`)).toHaveLength(1);
});

test('30 blobs on 12 lines', async () => {
  open(80, 12);
  for (let index = 0; index < 30; index++) emit(work(`blob ${index}`, 0, 100));
  await drawn();
  expect((await seen()).at(-1)).toBe('  and 20 more: 20 at work');
  for (let index = 0; index < 29; index++) {
    emit(work(`blob ${index}`, 50, 100), work(`blob ${index}`, 100, 100, true));
    await vi.advanceTimersByTimeAsync(50);
    expect(await scrolled()).toBe(0);
  }
  await vi.advanceTimersByTimeAsync(100);
  const lines = await seen();
  expect(lines.slice(-3)).toEqual([
    '✔ blob 28: 100 B of 100 B',
    '* blob 29: 0 B of 100 B, 0 %',
    '  and 20 more: 20 done',
  ]);
  renderer.end('done');
  expect((await seen()).at(-2)).toMatch(/^✔ blob 29/);
});

describe('a terminal that changes its size', () => {
  const sizes: [string, number, number][] = [
    ['narrower', 40, 24],
    ['wider', 120, 24],
    ['lower', 80, 8],
    ['higher', 80, 40],
    ['smaller', 30, 6],
  ];
  test.each(sizes)('%s', async (_, columns, rows) => {
    open();
    const hosts = names(8);
    emit(runStart(hosts));
    await drawn();
    for (const host of hosts) emit(start(host, `A step whose title fills most of the line of a terminal, ${host}`));
    await vi.advanceTimersByTimeAsync(200);
    await seen();
    terminal.resize(columns, rows);
    await vi.advanceTimersByTimeAsync(200);
    emit(tell('said after'));
    await vi.advanceTimersByTimeAsync(200);
    const lines = await seen();
    const at = lines.indexOf('  said after');
    // What is drawn now stands once and whole below; what a lower terminal pushed out of sight cannot be taken back.
    const drawing = lines.slice(at + 1);
    expect(drawing).toHaveLength(Math.min(8, rows - 1));
    for (const line of drawing) expect(line.length).toBeLessThan(columns);
    if (rows >= 24) expect(lines.slice(0, at)).toEqual(['run of cluster c: 16 steps on 8 hosts']);
  });
});

test('Ctrl-C: what runs is stopped, not failed; the last state and the cursor stay', async () => {
  open();
  emit(runStart(names(2), 5));
  await drawn();
  emit(start('10.0.0.1', 'One'), end('10.0.0.1', 'One'), start('10.0.0.1', 'Two'), start('10.0.0.2', 'One'));
  await vi.advanceTimersByTimeAsync(200);
  expect(terminal.cursorIsShown).toBe(false);
  const signals = process.listenerCount('SIGINT');
  renderer.interrupt('ending what runs');
  emit(end('10.0.0.1', 'Two', 'aborted'), runEnd('interrupted', 1));
  renderer.end('stopped');
  expect((await seen()).slice(1)).toEqual([
    '',
    'ending what runs',
    '◼ 10.0.0.1  stopped after 1 of 5 steps',
    '◼ 10.0.0.2  stopped after 0 of 5 steps',
    'interrupted: 1 step run, 0 held already, 12.0 s',
  ]);
  expect(terminal.cursorIsShown).toBe(true);
  expect(signals).toBe(0);
});

test('what is over at once is not drawn, and leaves nothing behind', async () => {
  open();
  emit(work('Load', 1, 2), work('Load', 2, 2, true));
  renderer.end('done');
  await vi.advanceTimersByTimeAsync(1000);
  expect(terminal.written).toBe('');
  expect(process.listenerCount('exit')).toBe(0);
});

test('one drawing after another', async () => {
  open();
  emit(work('Pull i', 1, 2, true), runStart(['a'], 1));
  await drawn();
  emit(start('a', 'One'), end('a', 'One'), runEnd('done', 1), work('Save', 5));
  await drawn();
  renderer.end('done');
  expect(await seen()).toEqual([
    'run of cluster c: 1 step on 1 host',
    '✔ Pull i: 1 B of 2 B',
    '✔ a  1 step (1.0 s)',
    'done: 1 step run, 0 held already, 12.0 s',
    '✔ Save: 5 B',
  ]);
});
