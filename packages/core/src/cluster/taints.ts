import type { Taint } from './cluster-spec.js';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/**
 * `key=value:Effect`, `key:Effect`; with `-` at the end, or as the Go project has it `key-`, the taint is taken away.
 * @throws Error with a plain reason
 */
export function parseTaint(text: string): Taint {
  const match = /^([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)(?:=([-A-Za-z0-9_.]*))?(?::([A-Za-z]+))?(-)?$/.exec(
    text,
  );
  const [, key = '', value, named, remove] = match ?? [];
  const effect = effects.find((candidate) => candidate === named);
  if (!match || (named ? !effect : !remove || value))
    throw new Error(
      `"${text}" is no taint; expected key[=value]:${effects.join('|')}, or key[:effect]- to take it away`,
    );
  return {
    key,
    ...(effect ? { effect } : {}),
    ...(value ? { value } : {}),
    ...(remove ? { remove: true } : {}),
  };
}

/** As it is written, and as kubectl takes it. */
export function taintText({ key, value, effect, remove }: Taint): string {
  return `${key}${value === undefined ? '' : `=${value}`}${effect ? `:${effect}` : ''}${remove ? '-' : ''}`;
}
