/** What a JSON Schema refuses, in words: the schemas say each form in `description`, with an example. */
import type { ErrorObject } from 'ajv/dist/2020.js';

const kinds: Readonly<Record<string, string>> = {
  string: 'a text (in quotes, where it looks like a number)',
  array: 'a list',
  object: 'a mapping',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
};

/** @param problem of an ajv that is `verbose` */
export function schemaProblem(problem: ErrorObject, { showValue = true } = {}): string {
  const params = problem.params as Record<string, unknown>;
  const schema = (problem.parentSchema ?? {}) as { description?: string; examples?: unknown[] };
  const seen = showValue ? ` and is ${shown(problem.propertyName ?? problem.data)}` : '';
  switch (problem.keyword) {
    case 'pattern':
    case 'format':
    case 'anyOf': {
      const example = schema.examples?.length ? `, such as ${String(schema.examples[0])}` : '';
      return `must be ${schema.description ?? 'of another form'}${example}${seen}`;
    }
    case 'type': {
      const wanted = [params.type].flat().map((type) => kinds[String(type)] ?? String(type));
      return `must be ${wanted.join(' or ')}${seen}`;
    }
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).join(', ')}${seen}`;
    case 'const':
      return `must be ${String(params.allowedValue)}${seen}`;
    case 'minLength':
    case 'minItems':
      return 'must not be empty';
    default:
      return problem.message ?? 'does not fit';
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
