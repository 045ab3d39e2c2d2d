import { expect, test } from 'vitest';
import { layOut } from './graph.js';
import { operations } from './operation.js';
import { phases } from './phases.js';

const hosts = [
  { name: 'm0', isMaster: true },
  { name: 'm1', isMaster: true },
  { name: 'm2', isMaster: true },
  { name: 'w0', isMaster: false },
  { name: 'w1', isMaster: false },
];
const after = (id: string) => layOut('install', hosts).find((node) => node.id === id)?.after;

test('every requirement names a phase of the table, and the order of rows respects it', () => {
  const names = phases.map((phase) => phase.name as string);
  expect(new Set(names).size).toBe(names.length);
  for (const [index, phase] of phases.entries()) {
    for (const text of phase.requires) {
      const at = names.indexOf(text.split('@')[0] as string);
      expect(at, `${phase.name} requires ${text}`).toBeGreaterThanOrEqual(0);
      expect(at, `${phase.name} requires ${text}`).toBeLessThan(index);
    }
    for (const operation of phase.in) expect(operations).toContain(operation);
  }
});

test('nothing is copied to any host before all have passed the preflight', () => {
  expect(after('distribute/w0')).toEqual(hosts.map((host) => `preflight/${host.name}`));
});

test('a worker waits for the control plane and for itself, not for the other worker', () => {
  expect(after('join-worker/w0')).toEqual(['prepare-node/w0', 'init-control-plane']);
});

test('control planes join one after the other', () => {
  expect(after('join-control-plane/m1')).toEqual(['prepare-node/m1', 'init-control-plane']);
  expect(after('join-control-plane/m2')).toContain('join-control-plane/m1');
});

test('a cluster phase waits for every host', () => {
  expect(after('wait-ready')).toEqual([...hosts.map((host) => `post-init-host/${host.name}`), 'install-addons']);
});
