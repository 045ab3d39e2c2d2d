import { expect, test } from 'vitest';
import { LookAhead } from './look-ahead.js';
import type { Plan } from './plan.js';
import type { Step } from './step.js';

/** a -> b -> c on one host, and d on another, which comes after nothing. */
function plan() {
  const step = (id: string, hostName: string) => ({ id, hostName, title: id }) as Step;
  const steps = {
    a1: step('a1', 'h1'),
    a2: step('a2', 'h1'),
    b: step('b', 'h1'),
    c: step('c', 'h1'),
    d: step('d', 'h2'),
  };
  const nodes = [
    { id: 'a', after: [], steps: [steps.a1, steps.a2] },
    { id: 'b', after: ['a'], steps: [steps.b] },
    { id: 'c', after: ['b'], steps: [steps.c] },
    { id: 'd', after: [], steps: [steps.d] },
  ];
  return { steps, plan: { context: { hosts: [{ name: 'h1' }, { name: 'h2' }] }, nodes } as unknown as Plan };
}

test.each([
  ['nothing', undefined, { a1: true, a2: true, b: true, c: true, d: true }],
  ['the first', 'a1', { a1: false, a2: false, b: false, c: false, d: true }],
  ['one in the middle', 'b', { a1: true, a2: true, b: false, c: false, d: true }],
  ['one on another host', 'd', { a1: true, a2: true, b: true, c: true, d: false }],
] as const)('when %s is run, only what does not come after it counts as looked at', async (_, ran, expected) => {
  const { steps, plan: planned } = plan();
  const ahead = new LookAhead(planned, async () => true);
  if (ran) ahead.changes(steps[ran]);
  const found = Object.fromEntries(
    await Promise.all(Object.entries(steps).map(async ([id, step]) => [id, await ahead.holds(step)] as const)),
  );
  expect(found).toEqual(expected);
});

test('what does not hold, or cannot be told, is not known; an answer that comes too late does not count', async () => {
  const { steps, plan: planned } = plan();
  let answer: (holds: boolean) => void = () => undefined;
  const slow = new Promise<boolean>((resolve) => {
    answer = resolve;
  });
  const ahead = new LookAhead(planned, async (step) => {
    if (step.id === 'a1') throw new Error('the host does not answer');
    return step.id === 'b' ? await slow : step.id !== 'a2';
  });
  expect(await ahead.holds(steps.a1)).toBe(false);
  expect(await ahead.holds(steps.a2)).toBe(false);
  expect(await ahead.holds(steps.d)).toBe(true);
  const asked = ahead.holds(steps.b);
  ahead.changes(steps.a2);
  answer(true);
  expect(await asked).toBe(false);
});
