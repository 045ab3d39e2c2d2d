import { describe, expect, test } from 'vitest';
import {
  end,
  LiveView,
  names,
  output,
  runEnd,
  runStart,
  start,
  tell,
  work,
} from '../../../../../test/support/live-view.js';

test('lines that must stay are above the drawing, in their order', async () => {
  using view = new LiveView();
  view.emit(tell('before'), work('Load', 1), tell('early', 'warning'));
  await view.begun();
  view.emit(tell('  | RUN says\r\x1b[2Ja line'), tell('look', 'warning', '10.0.0.9'));
  await view.after(300);
  view.emit(tell('two\nlines'));
  expect(await view.lines()).toEqual([
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
  using view = new LiveView(80, 24);
  const hosts = names(40);
  view.emit(runStart(hosts, 3));
  await view.begun();
  let most = 0;
  const look = async () => {
    await view.after(100);
    const lines = await view.lines();
    most = Math.max(most, lines.length);
    expect(lines[0]).toBe('run of cluster c: 120 steps on 40 hosts');
    expect(await view.scrolled()).toBeLessThanOrEqual(1);
    const drawnHosts = lines.slice(1).flatMap((line) => /^\S (10\.\S+)/.exec(line)?.[1] ?? []);
    expect(new Set(drawnHosts).size).toBe(drawnHosts.length);
    return lines;
  };
  expect((await look()).at(-1)).toBe('  and 18 more: 18 waiting');
  for (const step of ['One', 'Two', 'Three'])
    for (const [index, host] of hosts.entries()) {
      const failsHere = step === 'Two' && (host === '10.0.0.3' || host === '10.0.0.30');
      if (step === 'Three' && (host === '10.0.0.3' || host === '10.0.0.30')) continue;
      view.emit(start(host, step), output(host, step, 'a line'));
      if (index % 8 === 0) await look();
      view.emit(end(host, step, failsHere ? 'disk full' : undefined));
    }
  const lines = await look();
  expect(most).toBe(24);
  expect(lines).toContain('✖ 10.0.0.3   Two: disk full');
  expect(lines).toContain('✖ 10.0.0.30  Two: disk full');
  // The latest finished are seen, the others counted.
  expect(lines).toContain('✔ 10.0.0.40  3 steps (3.0 s)');
  expect(lines.at(-1)).toBe('  and 18 more: 18 done');
  view.emit(runEnd('failed', 116));
  const last = await view.lines();
  expect(last.slice(-4)).toEqual([
    '  and 16 more: 16 done',
    '✖ 10.0.0.3  Two: disk full',
    '✖ 10.0.0.30  Two: disk full',
    'failed: 116 steps run, 0 held already, 2 of 40 hosts failed, 12.0 s',
  ]);
  expect(last).toHaveLength(1 + 23 + 3);
  expect(view.terminal.cursorIsShown).toBe(true);
});

test('more failures than lines: all are named at the end', async () => {
  using view = new LiveView(80, 10);
  const hosts = names(40);
  view.emit(runStart(hosts));
  await view.begun();
  for (const host of hosts) view.emit(start(host, 'One'), end(host, 'One', 'no route'));
  await view.after(200);
  expect((await view.lines()).at(-1)).toBe('  and 32 more: 32 failed');
  view.emit(runEnd('failed', 0));
  const lines = await view.lines();
  for (const host of hosts) expect(lines.filter((line) => line === `✖ ${host}  One: no route`)).toHaveLength(1);
});

test('30 blobs on 12 lines', async () => {
  using view = new LiveView(80, 12);
  for (let index = 0; index < 30; index++) view.emit(work(`blob ${index}`, 0, 100));
  await view.begun();
  expect((await view.lines()).at(-1)).toBe('  and 20 more: 20 at work');
  for (let index = 0; index < 29; index++) {
    view.emit(work(`blob ${index}`, 50, 100), work(`blob ${index}`, 100, 100, true));
    await view.after(50);
    expect(await view.scrolled()).toBe(0);
  }
  await view.after(100);
  const lines = await view.lines();
  expect(lines.slice(-3)).toEqual([
    '✔ blob 28: 100 B of 100 B',
    '* blob 29: 0 B of 100 B, 0 %',
    '  and 20 more: 20 done',
  ]);
  view.renderer.end('done');
  expect((await view.lines()).at(-2)).toMatch(/^✔ blob 29/);
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
    using view = new LiveView();
    const hosts = names(8);
    view.emit(runStart(hosts));
    await view.begun();
    for (const host of hosts)
      view.emit(start(host, `A step whose title fills most of the line of a terminal, ${host}`));
    await view.after(200);
    await view.lines();
    view.terminal.resize(columns, rows);
    await view.after(200);
    view.emit(tell('said after'));
    await view.after(200);
    const lines = await view.lines();
    const at = lines.indexOf('  said after');
    // What is drawn now stands once and whole below; what a lower terminal pushed out of sight cannot be taken back.
    const drawing = lines.slice(at + 1);
    expect(drawing).toHaveLength(Math.min(8, rows - 1));
    for (const line of drawing) expect(line.length).toBeLessThan(columns);
    if (rows >= 24) expect(lines.slice(0, at)).toEqual(['run of cluster c: 16 steps on 8 hosts']);
  });
});

test('Ctrl-C: what runs is stopped, not failed; the last state and the cursor stay', async () => {
  using view = new LiveView();
  view.emit(runStart(names(2), 5));
  await view.begun();
  view.emit(start('10.0.0.1', 'One'), end('10.0.0.1', 'One'), start('10.0.0.1', 'Two'), start('10.0.0.2', 'One'));
  await view.after(200);
  expect(view.terminal.cursorIsShown).toBe(false);
  const signals = process.listenerCount('SIGINT');
  view.renderer.interrupt('ending what runs');
  view.emit(end('10.0.0.1', 'Two', 'aborted'), runEnd('interrupted', 1));
  view.renderer.end('stopped');
  expect((await view.lines()).slice(1)).toEqual([
    '',
    'ending what runs',
    '◼ 10.0.0.1  stopped after 1 of 5 steps',
    '◼ 10.0.0.2  stopped after 0 of 5 steps',
    'interrupted: 1 step run, 0 held already, 12.0 s',
  ]);
  expect(view.terminal.cursorIsShown).toBe(true);
  expect(signals).toBe(0);
});

test('what is over at once is not drawn, and leaves nothing behind', async () => {
  using view = new LiveView();
  view.emit(work('Load', 1, 2), work('Load', 2, 2, true));
  view.renderer.end('done');
  await view.after(1000);
  expect(view.terminal.written).toBe('');
  expect(process.listenerCount('exit')).toBe(0);
});

test('one drawing after another', async () => {
  using view = new LiveView();
  view.emit(work('Pull i', 1, 2, true), runStart(['a'], 1));
  await view.begun();
  view.emit(start('a', 'One'), end('a', 'One'), runEnd('done', 1), work('Save', 5));
  await view.begun();
  view.renderer.end('done');
  expect(await view.lines()).toEqual([
    'run of cluster c: 1 step on 1 host',
    '✔ Pull i: 1 B of 2 B',
    '✔ a  1 step (1.0 s)',
    'done: 1 step run, 0 held already, 12.0 s',
    '✔ Save: 5 B',
  ]);
});
