import type { Taint } from './cluster-spec.js';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** `key=value:Effect`, `key:Effect`. @throws Error with a plain reason */
export function parseTaint(text: string): Taint {
  const match = /^([A-Za-z0-9][-A-Za-z0-9_./]*)(?:=([-A-Za-z0-9_.]*))?:([A-Za-z]+)$/.exec(text);
  const effect = effects.find((candidate) => candidate === match?.[3]);
  if (!match || !effect) throw new Error(`"${text}" is no taint; expected key[=value]:${effects.join('|')}`);
  return { key: match[1] as string, effect, ...(match[2] ? { value: match[2] } : {}) };
}
