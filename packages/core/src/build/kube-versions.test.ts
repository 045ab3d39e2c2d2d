import { expect, test } from 'vitest';
import { kubeVersions } from './kube-versions.js';

const label = 'cluster.alpha.sealer.io/cluster-runtime-version';

test.each([
  [{}, undefined, []],
  [{ kubeVersion: '>=1.28 <1.36' }, undefined, ['1.28.0', '1.35.0']],
  [{ kubeVersion: '~1.30.2' }, undefined, ['1.30.2']],
  [{ kubeVersion: '>=1.28' }, undefined, ['1.28.0']],
  [{ kubeVersion: '1.30.x' }, undefined, ['1.30.0']],
  [{ kubeVersion: '>=1.28', labels: { [label]: 'v1.34.4' } }, undefined, ['1.34.4']],
  [{ labels: { [label]: 'v1.30.2+k3s1' } }, undefined, ['1.30.2']],
  [{ labels: { [label]: 'v1.34.4' } }, 'v1.33', ['1.33']],
])('%j asked for %j: %j', (said, asked, expected) => {
  expect(kubeVersions({ labels: {}, ...said }, asked)).toEqual(expected);
});
