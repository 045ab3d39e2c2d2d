/** What single rows look like. */
import type { SealerEvent } from '@sealer/core';
import { describe, expect, test } from 'vitest';
import { end, LiveView, names, output, runStart, sent, start, work } from '../../../../../test/support/live-view.js';

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
    using view = new LiveView();
    view.emit(...events);
    await view.begun();
    await view.after(Math.max(200, later - 150));
    const begins = events[0]?.type === 'run-start' ? 1 : 0;
    expect((await view.lines()).slice(begins)).toEqual(expected);
    for (const line of await view.lines()) expect(line.length).toBeLessThan(80);
  });
});
