import { expect, test } from 'vitest';
import { type SelectableHost, scopeFault, scopeProblem, scopeWords, selects } from './hook-scope.js';

const hosts: SelectableHost[] = [
  { address: '10.0.0.1', roles: ['master'], labels: {} },
  { address: '10.0.0.2', roles: ['node', 'db'], labels: { zone: 'a', 'acme.example/disk': 'fast' } },
  { address: '10.0.0.3', roles: ['edge'], labels: {} },
];
const chosen = (scope: string, named = false) => {
  const words = scopeWords(scope);
  const known = named ? hosts.map((host, index) => ({ ...host, hostname: `h${index + 1}` })) : hosts;
  return known
    .filter((host, index) => words.some((word) => selects(word, host, index === 0)))
    .map(({ address }) => address.split('.').at(-1))
    .join('');
};

test.each<[string, string]>([
  ['master/node', '123'],
  ['master|node', '123'],
  ['master||db', '12'],
  ['master, db', '12'],
  ['master db', '12'],
  [' edge ', '3'],
  ['all', '123'],
  ['master0', '1'],
  ['node', '23'],
  ['10.0.0.2', '2'],
  ['10.0.0.2,10.0.0.3', '23'],
  ['10.0.0.1-10.0.0.2', '12'],
  ['zone=a', '2'],
  ['zone==a', '2'],
  ['zone=b', ''],
  ['acme.example/disk=fast', '2'],
  ['role=master', '1'],
  ['node-role.kubernetes.io/db=', '2'],
  ['node-role.kubernetes.io/master=', '1'],
  ['node-role.kubernetes.io/control-plane=', '1'],
  ['constructor', ''],
  ['constructor=', ''],
])('%j selects %j', (scope, expected) => {
  expect(chosen(scope)).toBe(expected);
});

test.each<[string, string]>([
  ['h2', '2'],
  ['H2|h3', '23'],
  ['kubernetes.io/hostname=h1', '1'],
])('%j selects %j by name', (scope, expected) => {
  expect(chosen(scope, true)).toBe(expected);
});

test.each<[string, RegExp]>([
  ['nodes', /"nodes" selects no host of the cluster; its roles are master, node, db, edge, .*did you mean node\?/],
  ['master|nodee', /"nodee" selects no host.*did you mean node/],
  ['gpu', /"gpu" selects no host/],
  ['zone=b', /"zone=b" selects no host/],
  ['10.0.0.9', /"10\.0\.0\.9" selects no host/],
  ['a|b', /"a", "b" selects no host/],
])('%j is a problem', (scope, problem) => {
  expect(scopeProblem(scopeWords(scope), hosts)).toMatch(problem);
});

test.each(['', 'master', 'master|node', 'all', 'h7', 'db-2.example'])('%j is none, as far as can be known', (scope) => {
  expect(scopeProblem(scopeWords(scope), hosts)).toBeUndefined();
});

test('a word that every cluster knows is a problem only when it stands alone', () => {
  const [master] = hosts;
  const alone = master ? [master] : [];
  expect(scopeProblem(['node'], alone)).toMatch(/"node" selects no host of the cluster; its roles are master/);
  expect(scopeProblem(['master', 'node'], alone)).toBeUndefined();
  const named = hosts.map((host) => ({ ...host, hostname: 'x1' }));
  expect(scopeProblem(['h7'], named)).toMatch(/"h7" selects no host/);
});

test.each<[string, RegExp]>([
  ['10.0.0.300', /no IP address/],
  ['10.0.0.9-10.0.0.1', /ends before/],
  ['10.0.0.1-', /no range/],
  ['a!=b', /no key=value/],
])('%j is wrong in any cluster', (word, fault) => {
  expect(scopeFault(word)).toMatch(fault);
});

test.each(['node', 'db-2', 'fd00::1', '10.0.0.1', 'a=b', 'db.example', 'e1'])('%j may be right', (word) => {
  expect(scopeFault(word)).toBeUndefined();
});
