import { planPlugin } from '@sealer/core/testing';
import { expect, test } from 'vitest';
import plugin from './index.js';

const clusterfile = (action: string, scope: string) => `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: test}
spec:
  image: test:1
  hosts:
  - {ips: [10.0.0.1], roles: [master]}
  - {ips: [10.0.0.2], roles: [node, db]}
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {name: tune}
spec: {type: SHELL, action: ${action}, ${scope} data: "echo $HostIP"}
`;

test.each([
  ['pre-init-host', '', ['10.0.0.1', '10.0.0.2']],
  ['pre-init-host', 'scope: all,', ['10.0.0.1', '10.0.0.2']],
  ['pre-init-host', 'scope: node,', ['10.0.0.2']],
  ['pre-init-host', 'scope: master|db,', ['10.0.0.1', '10.0.0.2']],
  ['PostInstall', 'on: node,', ['10.0.0.1']],
  ['post-install', 'scope: master0,', ['10.0.0.1']],
])('%s with %j runs on %j', async (action, scope, expected) => {
  const planned = await planPlugin(plugin, { clusterfile: clusterfile(action, scope) });
  expect(planned.steps.map(({ hostName }) => hostName)).toEqual(expected);
  for (const step of planned.steps) expect(await planned.run(step)).toBe(true);
  for (const host of expected) expect(planned.hosts.get(host)?.ran).toHaveLength(1);
});

test('hooks of the removal belong to the removal', async () => {
  const options = { clusterfile: clusterfile('pre-clean-host', '') };
  expect((await planPlugin(plugin, options)).steps).toEqual([]);
  expect((await planPlugin(plugin, { ...options, operation: 'uninstall' })).steps).toHaveLength(2);
});
