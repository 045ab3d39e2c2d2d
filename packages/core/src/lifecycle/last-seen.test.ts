/** What is said of pods, nodes and units that are waited for in vain. */
import { expect, test } from 'vitest';
import { fakeHost } from '../testing/fake-host.js';
import { lastSeenOfNode, lastSeenOfPods, lastSeenOfUnit } from './last-seen.js';

const pod = (status: object) => JSON.stringify({ items: [{ metadata: { name: 'p' }, status }] });
const container = (state: object, more: object = {}) => ({
  containerStatuses: [{ name: 'c', image: 'i:1', ready: false, state, ...more }],
});

test.each([
  [
    { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
    'Unschedulable: 0/1 nodes',
  ],
  [
    container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off' } }),
    'ImagePullBackOff: Back-off (container c, image i:1)',
  ],
  [
    container({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: { terminated: { exitCode: 2 } } }),
    'CrashLoopBackOff, ended before with code 2',
  ],
  [container({ terminated: { reason: 'Error', exitCode: 1 } }), 'Error with code 1 (container c'],
  [container({ running: {} }), 'its probe says it is not ready'],
  [{ phase: 'Pending' }, 'Pending'],
])('%j', async (status, says) => {
  const answer = (command: string) =>
    command.includes('get events') ? '{"items":[{"reason":"Failed","message":"why"}]}' : pod(status);
  const seen = await lastSeenOfPods(fakeHost({ answer }), ['kubectl'], 'n', 'a=b');
  expect(seen).toContain(`pod p: ${says}`);
  expect(seen).toContain('last event: Failed: why');
});

test('no pods, pods that are ready by now, an API that is away', async () => {
  const seen = (answer: () => object | string) => lastSeenOfPods(fakeHost({ answer }), ['kubectl'], 'n', 'a=b');
  expect(await seen(() => '{"items":[]}')).toBe('no pod with a=b in n');
  expect(await seen(() => pod({ conditions: [{ type: 'Ready', status: 'True' }] }))).toBe('pod p ready');
  expect(await seen(() => ({ status: 1, stderr: 'x\nconnection refused\n' }))).toMatch(
    /does not answer: connection refused/,
  );
});

test('a node and the unit on its host', async () => {
  expect(lastSeenOfNode(undefined)).toBe('the API knows no such node');
  const conditions = [
    { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'cni plugin not initialized' },
    { type: 'DiskPressure', status: 'True', reason: 'Full' },
    { type: 'PIDPressure', status: 'False' },
  ];
  expect(lastSeenOfNode(conditions)).toBe(
    'Ready False: KubeletNotReady: cni plugin not initialized; DiskPressure True: Full',
  );
  const answer = (command: string) =>
    command.startsWith('journalctl') ? 'one\ntwo\n' : { stdout: 'activating\n', status: 3 };
  expect(await lastSeenOfUnit(fakeHost({ answer }), 'u')).toBe('u on 10.0.0.1 is activating | one | two');
});
