import { expect, test } from 'vitest';
import { readImageDocuments } from '../cluster/image-documents.js';
import { parseClusterfile } from '../cluster/parse-clusterfile.js';
import type { SealerError } from '../errors/sealer-error.js';
import type { Operation } from '../workflow/operation.js';
import { checkHooks } from './check-hooks.js';

const plugin = (spec: string) =>
  `apiVersion: sealer.io/v1\nkind: Plugin\nmetadata: {name: tune}\nspec: {data: x, ${spec}}\n`;
const file = (spec: string) => `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: shop}
spec: {image: a, hosts: [{ips: [10.0.0.1], roles: [master]}, {ips: [10.0.0.2], roles: [node, db]}]}
---
${plugin(spec)}`;

function check(spec: string, { ofImage = false, operation = 'install' as Operation } = {}) {
  const cluster = parseClusterfile(file('type: SHELL, action: PreInit'), 'f');
  const hooks = ofImage
    ? readImageDocuments({ 'plugins/a.yaml': plugin(spec) })
    : parseClusterfile(file(spec), 'f').hooks;
  const warnings: string[] = [];
  try {
    checkHooks({ operation, cluster: { ...cluster, hooks }, types: ['SHELL'], warn: (text) => warnings.push(text) });
  } catch (cause) {
    const { position, message } = (cause as SealerError).errors[0] as SealerError;
    return `error ${position?.file}:${position?.line}:${position?.column} ${message}`;
  }
  return warnings.map((text) => `warning ${text}`).join('\n');
}

test.each<[string, Parameters<typeof check>[1], RegExp]>([
  ['type: SHELL, action: pre-init-host, scope: master/node', {}, /^$/],
  [
    'type: SHELL, action: pre-init-host, scope: gpu',
    {},
    /^error f:9:53 Plugin tune: spec\.scope: "gpu" selects no host.*master, node, db/,
  ],
  ['type: SHELL, action: pre-init-host, on: mastr', {}, /^error f:9:53 .*did you mean master/],
  [
    'type: SHELL, action: pre-init-host, scope: gpu',
    { ofImage: true },
    /^warning image:plugins\/a\.yaml:4:53: Plugin tune: "gpu" selects/,
  ],
  ['type: SHELL, action: pre-init-host, scope: gpu', { operation: 'uninstall' }, /^$/],
  [
    'type: ETCD, action: pre-init-host',
    {},
    /^error f:9:17 Plugin tune: spec\.type: no plugin provides the type "ETCD"; there is SHELL/,
  ],
  ['type: ETCD, action: pre-init-host', { ofImage: true }, /^error image:plugins\/a\.yaml:4:17/],
  ['type: SHELL, action: upgrade', {}, /^warning f:9:30: Plugin tune: upgrade is not carried out by this version$/],
  [
    'type: SHELL, action: pre-scaleup|rollback|pre-install',
    {},
    /^warning f:9:30: .*pre-scaleup, rollback are not carried out/,
  ],
  [
    'type: SHELL, action: post-install, on: node',
    {},
    /^warning f:9:52: .*node has no effect at post-install, which is for master0/,
  ],
  ['type: SHELL, action: post-install, on: master', {}, /^$/],
  ['type: shell, action: PreInit', {}, /^$/],
])('%s, %j', (spec, options, said) => {
  expect(check(spec, options)).toMatch(said);
});
