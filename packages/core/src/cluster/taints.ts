import type { Taint } from './cluster-spec.js';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;
const name = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const prefix = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** `key=value:Effect`, `key:Effect`, as Kubernetes takes them. @throws Error with a plain reason */
export function parseTaint(text: string): Taint {
  const fail = (why: string) =>
    new Error(`"${text}" ${why}; expected key[=value]:${effects.join('|')}, such as dedicated=edge:NoSchedule`);
  if (/-$/.test(text) && !/:/.test(text.slice(0, -1))) throw fail('takes a taint away, which this version does not');
  const [, key = '', value, effectName = ''] = /^([^=:]*)(?:=([^:]*))?(?::(.*))?$/.exec(text) ?? [];
  if (/^[A-Za-z]+-$/.test(effectName)) throw fail('takes a taint away, which this version does not');
  const effect = effects.find((candidate) => candidate === effectName);
  if (!effect) throw fail(effectName ? `has the effect "${effectName}"` : 'has no effect');
  const [last = '', domain, ...more] = key.split('/').reverse();
  if (!name.test(last) || (domain !== undefined && !prefix.test(domain)) || more.length > 0)
    throw fail(`has the key "${key}"`);
  if (value && !name.test(value)) throw fail(`has the value "${value}"`);
  return { key, effect, ...(value ? { value } : {}) };
}
