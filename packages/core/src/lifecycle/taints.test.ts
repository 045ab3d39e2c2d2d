import { expect, test } from 'vitest';
import { parseClusterfile } from '../cluster/parse-clusterfile.js';
import { taintText } from '../cluster/taints.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import { taintHolds, wantedTaints } from './taints.js';

const removal = 'node-role.kubernetes.io/control-plane:NoSchedule-';
const init = (registration: string) =>
  `---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: ${registration}\n`;

test.each<[string, string, string, string[]]>([
  ['one master alone', '- {ips: [10.0.0.1], roles: [master]}', '', [removal]],
  ['masters alone', '- {ips: [10.0.0.1-10.0.0.3], roles: [master]}', '', [removal]],
  ['a master with a worker', '- {ips: [10.0.0.1], roles: [master]}\n  - {ips: [10.0.0.2], roles: [node]}', '', []],
  [
    'a master alone that is to keep it',
    '- {ips: [10.0.0.1], roles: [master], taints: ["node-role.kubernetes.io/control-plane:NoSchedule"]}',
    '',
    ['node-role.kubernetes.io/control-plane:NoSchedule'],
  ],
  [
    'a master alone with another taint',
    '- {ips: [10.0.0.1], roles: [master], taints: ["a=b:NoExecute"]}',
    '',
    ['a=b:NoExecute', removal],
  ],
  [
    'a master with a worker that is to run applications',
    `- {ips: [10.0.0.1], roles: [master], taints: ["${removal}"]}\n  - {ips: [10.0.0.2], roles: [node]}`,
    '',
    [removal],
  ],
  [
    'a document that sets taints',
    '- {ips: [10.0.0.1], roles: [master]}',
    init('{taints: [{key: a, effect: NoSchedule}]}'),
    [],
  ],
  ['a document that sets others', '- {ips: [10.0.0.1], roles: [master]}', init('{name: a}'), [removal]],
])('%s', (_title, hosts, documents, expected) => {
  const text = `apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: a}\nspec:\n  image: a:1\n  hosts:\n  ${hosts}\n${documents}`;
  const cluster = parseClusterfile(text, 'Clusterfile');
  const planned = cluster.hosts.map((spec) => ({ spec, isMaster: spec.roles.includes('master') }) as PlannedHost);
  const ctx = { cluster, workers: planned.filter(({ isMaster }) => !isMaster) } as unknown as PlanContext;
  expect(wantedTaints(ctx, planned[0] as PlannedHost).map(taintText)).toEqual(expected);
});

test('a taint holds when it is there with its value, or when it is to go and is not there', () => {
  const present = [{ key: 'a', value: '1', effect: 'NoSchedule' }];
  expect(taintHolds({ key: 'a', value: '1', effect: 'NoSchedule' }, present)).toBe(true);
  expect(taintHolds({ key: 'a', effect: 'NoSchedule' }, present)).toBe(false);
  expect(taintHolds({ key: 'a', remove: true }, present)).toBe(false);
  expect(taintHolds({ key: 'a', effect: 'NoExecute', remove: true }, present)).toBe(true);
  expect(taintHolds({ key: 'b', remove: true }, present)).toBe(true);
});
