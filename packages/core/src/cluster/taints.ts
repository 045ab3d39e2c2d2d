import type { Taint } from './cluster-spec.js';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;
const name = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const prefix = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * `key=value:Effect`, `key:Effect`, as Kubernetes takes them; with `-` at the end, or as the Go project has it `key-`, the
 * taint is taken away. @throws Error with a plain reason
 */
export function parseTaint(text: string): Taint {
  const fail = (why: string) =>
    new Error(`"${text}" ${why}; expected key[=value]:${effects.join('|')}, or key[:effect]- to take it away`);
  const remove = text.endsWith('-');
  const said = remove ? text.slice(0, -1) : text;
  const [, key = '', value, effectName] = /^([^=:]*)(?:=([^:]*))?(?::(.*))?$/.exec(said) ?? [];
  const effect = effects.find((candidate) => candidate === effectName);
  if (effectName && !effect) throw fail(`has the effect "${effectName}"`);
  if (!effect && (!remove || value !== undefined)) throw fail('has no effect');
  const [last = '', domain, ...more] = key.split('/').reverse();
  if (!name.test(last) || (domain !== undefined && !prefix.test(domain)) || more.length > 0)
    throw fail(`has the key "${key}"`);
  if (value && !name.test(value)) throw fail(`has the value "${value}"`);
  return { key, ...(effect ? { effect } : {}), ...(value ? { value } : {}), ...(remove ? { remove: true } : {}) };
}

/** As it is written, and as kubectl takes it. */
export function taintText({ key, value, effect, remove }: Taint): string {
  return `${key}${value === undefined ? '' : `=${value}`}${effect ? `:${effect}` : ''}${remove ? '-' : ''}`;
}
