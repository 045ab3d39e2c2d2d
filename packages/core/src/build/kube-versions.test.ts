import { expect, test } from 'vitest';
import { parseKubefile } from '../kubefile/parse.js';
import { kubeVersionOrigin, kubeVersions } from './kube-versions.js';

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

test.each<[string, string[], string | undefined, string | undefined]>([
  ['FROM a\nKUBEVERSION >=1.28\n', [], undefined, 'KUBEVERSION >=1.28 in Kubefile:2:1'],
  [
    'FROM a\nLABEL a=b app.alpha.sealer.io/supported-kube-version=1.28\n',
    [],
    undefined,
    'KUBEVERSION 1.28 in Kubefile:2:1',
  ],
  [`FROM a\nLABEL ${label}=v1.34.4\n`, [], undefined, `the label ${label}=v1.34.4 in Kubefile:2:1`],
  ['FROM a\n', [label], undefined, `the label ${label}=v1.34.4 of the image that FROM names`],
  ['FROM a\nKUBEVERSION >=1.28\n', [], '1.30', '--kube-version 1.30'],
  ['FROM a\n', [], undefined, undefined],
])('who says so: %j', (kubefile, inherited, asked, expected) => {
  const instructions = parseKubefile(kubefile, 'Kubefile');
  const labels = Object.fromEntries([
    ...inherited.map((name) => [name, 'v1.34.4']),
    ...instructions.flatMap((one) => (one.keyword === 'LABEL' ? one.pairs : [])),
  ]);
  const range = instructions.find((one) => one.keyword === 'KUBEVERSION');
  const state = { labels, instructions, ...(range ? { kubeVersion: range.range } : {}) };
  expect(kubeVersionOrigin(state, asked)).toBe(expected);
});
