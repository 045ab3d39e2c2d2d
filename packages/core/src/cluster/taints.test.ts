import { expect, test } from 'vitest';
import { parseTaint, taintText } from './taints.js';

test.each([
  ['dedicated=edge:NoSchedule', { key: 'dedicated', value: 'edge', effect: 'NoSchedule' }],
  ['gone:NoExecute', { key: 'gone', effect: 'NoExecute' }],
  ['my-key=v:PreferNoSchedule', { key: 'my-key', value: 'v', effect: 'PreferNoSchedule' }],
  [
    'node-role.kubernetes.io/control-plane:NoSchedule-',
    { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule', remove: true },
  ],
  ['node-role.kubernetes.io/control-plane-', { key: 'node-role.kubernetes.io/control-plane', remove: true }],
])('%s', (text, taint) => {
  expect(parseTaint(text)).toEqual(taint);
  expect(taintText(parseTaint(text))).toBe(text);
});

test.each(['x', 'x:', 'x=1', 'x=1-', 'x:Never', ':NoSchedule', '-', 'x:Never-'])('%s is refused', (text) => {
  expect(() => parseTaint(text)).toThrow(/expected key/);
});
