import { expect, test } from 'vitest';
import { reasonOf } from './pod-reason.js';
import { stateOf, type Workload } from './workload.js';

const made = (kind: string, spec: object, status: object, generation = 1): Workload => ({
  kind,
  metadata: { name: 'a', generation },
  spec,
  status: { observedGeneration: 1, ...status },
});
const condition = (type: string, message?: string) => ({
  conditions: [{ type, status: 'True', ...(message ? { message } : {}) }],
});

test.each<[string, Workload, true | RegExp]>([
  ['a Deployment', made('Deployment', { replicas: 2 }, { updatedReplicas: 2, availableReplicas: 2 }), true],
  ['a Deployment of none', made('Deployment', { replicas: 0 }, {}), true],
  ['a Deployment without a number', made('Deployment', {}, { updatedReplicas: 1 }), /0 of 1 replicas are available/],
  ['a Deployment half up', made('Deployment', { replicas: 2 }, { updatedReplicas: 2, availableReplicas: 1 }), /1 of 2/],
  [
    'a Deployment that rolls',
    made('Deployment', { replicas: 2 }, { updatedReplicas: 1, availableReplicas: 2 }),
    /1 of 2 replicas are made/,
  ],
  ['a Deployment just changed', made('Deployment', {}, { updatedReplicas: 1, availableReplicas: 1 }, 2), /not looked/],
  ['a StatefulSet', made('StatefulSet', { replicas: 3 }, { updatedReplicas: 3, readyReplicas: 3 }), true],
  ['a StatefulSet half up', made('StatefulSet', { replicas: 3 }, { updatedReplicas: 3, readyReplicas: 1 }), /1 of 3/],
  [
    'a StatefulSet in parts',
    made(
      'StatefulSet',
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      { updatedReplicas: 1, readyReplicas: 3 },
    ),
    true,
  ],
  ['a StatefulSet by hand', made('StatefulSet', { updateStrategy: { type: 'OnDelete' } }, { readyReplicas: 1 }), true],
  [
    'a DaemonSet',
    made('DaemonSet', {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }),
    true,
  ],
  ['a DaemonSet for no node', made('DaemonSet', {}, { desiredNumberScheduled: 0 }), true],
  [
    'a DaemonSet half up',
    made('DaemonSet', {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }),
    /1 of 2/,
  ],
  ['a Job that is done', made('Job', {}, condition('Complete')), true],
  ['a Job that works', made('Job', {}, { ready: 1 }), true],
  ['a Job that is held', made('Job', { suspend: true }, {}), true],
  ['a Job that has not begun', made('Job', {}, {}), /0 pods/],
  ['a Job that tries again', made('Job', {}, { ready: 1, failed: 1 }), /1 have failed/],
  ['a Job that failed', made('Job', {}, condition('Failed', 'too often')), /it failed: too often/],
  ['a Pod', made('Pod', {}, condition('Ready')), true],
  ['a Pod that is done', made('Pod', {}, { phase: 'Succeeded' }), true],
  ['a Pod that waits', made('Pod', {}, { phase: 'Pending' }), /Pending/],
])('%s', (_title, workload, expected) => {
  const state = stateOf(workload);
  if (expected === true) expect(state).toEqual({ runs: true });
  else expect(state).toMatchObject({ runs: false, why: expect.stringMatching(expected) });
});

const container = (state: object, more = {}) => ({ name: 'c', image: 'web:1', state, ...more });
const pod = (status: object) => reasonOf({ metadata: { name: 'p' }, status });

test.each<[object, RegExp]>([
  [
    { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
    /^Unschedulable: 0\/1 nodes$/,
  ],
  [
    { containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff', message: 'not found' } })] },
    /ImagePullBackOff: not found \(container c, image web:1\)/,
  ],
  [
    {
      containerStatuses: [
        container({ waiting: { reason: 'CrashLoopBackOff' } }, { lastState: { terminated: { exitCode: 3 } } }),
      ],
    },
    /CrashLoopBackOff.*ended before with code 3/,
  ],
  [{ containerStatuses: [container({ terminated: { reason: 'Error', exitCode: 1 } })] }, /Error with code 1.*web:1/],
  [{ initContainerStatuses: [container({ running: {} }, { ready: false })] }, /not ready/],
  [{ phase: 'Pending' }, /^Pending$/],
])('the reason of a pod: %j', (status, expected) => {
  expect(pod(status)).toMatch(expected);
});
