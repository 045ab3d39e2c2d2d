/** Documents against their schema: every mistake with its place, in words. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { SealerError } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import { clusterfileSchema } from '../generated/schemas.js';
import { schemaProblem } from '../text/schema-problem.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import type { LocatedDocument } from './yaml-documents.js';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true });
ajv.addSchema(clusterfileSchema);
const validators = new Map<string, ValidateFunction>();

export type Definition = 'cluster' | 'clusterV1' | 'plugin' | 'application';

/** @param definition name below `$defs` of the Clusterfile's schema */
export function checkSchema(document: LocatedDocument, definition: Definition, errors: SealerError[]): boolean {
  const id = `${clusterfileSchema.$id as string}#/$defs/${definition}`;
  const validate = validators.get(definition) ?? ajv.compile({ $ref: id });
  validators.set(definition, validate);
  if (validate(document.value)) return true;
  for (const problem of validate.errors ?? []) {
    // A failed alternative is said once, not once for each branch; a name once, not once more for its mapping.
    if (problem.schemaPath.includes('/anyOf/') || problem.keyword === 'propertyNames') continue;
    errors.push(explain(problem, document));
  }
  return false;
}

function explain(problem: ErrorObject, document: LocatedDocument): SealerError {
  const path = problem.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
  const params = problem.params as Record<string, unknown>;
  const fail = (field: readonly (string | number)[], text: string, place = field) =>
    clusterfileErrors.CLUSTERFILE_FIELD({ path: show(field), problem: text }, { position: document.at(place) });
  if (problem.keyword === 'additionalProperties') {
    const name = String(params.additionalProperty);
    const near = suggest(name, Object.keys((problem.parentSchema?.properties ?? {}) as object));
    return fail([...path, name], `there is no such field${near ? `; did you mean ${near}?` : ''}`);
  }
  if (problem.keyword === 'required') return fail([...path, String(params.missingProperty)], 'it is missing', path);
  if (problem.propertyName !== undefined) path.push(problem.propertyName);
  const isSecret = path.some((part) => /passw|env|cmd_args/i.test(String(part)));
  return fail(path, schemaProblem(problem, { showValue: !isSecret }));
}

export function show(path: readonly (string | number)[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text.replace(/^\./, '') || 'the document';
}
