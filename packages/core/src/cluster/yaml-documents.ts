/** YAML documents with the place of every field, checked against a schema. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Document, isNode, isPair, LineCounter, parseAllDocuments } from 'yaml';
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import { clusterfileSchema } from '../generated/schemas.js';
import { clusterfileErrors } from './clusterfile-errors.js';

export interface LocatedDocument {
  value: Record<string, unknown>;
  /** Place of a field, by its path; of the nearest parent that is there. */
  at(path: readonly (string | number)[]): SourcePosition;
}

export function readDocuments(text: string, file: string, errors: SealerError[]): LocatedDocument[] {
  const counter = new LineCounter();
  const located: LocatedDocument[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: counter }) as Document.Parsed[]) {
    const at = (offset: number): SourcePosition => {
      const { line, col } = counter.linePos(offset);
      return { file, line, column: col };
    };
    for (const problem of document.errors) {
      const reason = problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? problem.message;
      errors.push(clusterfileErrors.CLUSTERFILE_YAML({ reason }, { position: at(problem.pos[0]) }));
    }
    if (document.errors.length) continue;
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    const start = isNode(document.contents) ? (document.contents.range?.[0] ?? 0) : 0;
    if (typeof value !== 'object' || Array.isArray(value)) {
      errors.push(
        clusterfileErrors.CLUSTERFILE_YAML({ reason: 'the document is no mapping' }, { position: at(start) }),
      );
      continue;
    }
    located.push({ value: value as Record<string, unknown>, at: (path) => at(offsetOf(document, path) ?? start) });
  }
  return located;
}

/** The key's place when the last part names one; the parent's otherwise. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const items = (parent as { items?: unknown[] } | undefined)?.items ?? [];
    const item =
      typeof key === 'number'
        ? items[key]
        : items.find((candidate) => isPair(candidate) && String(candidate.key) === key);
    const node = isPair(item) ? item.key : item;
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    if (range) return range[0];
  }
  return undefined;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true });
ajv.addSchema(clusterfileSchema);
const validators = new Map<string, ValidateFunction>();

/** @param definition name below `$defs` of the Clusterfile's schema */
export function checkSchema(
  document: LocatedDocument,
  definition: 'cluster' | 'plugin',
  errors: SealerError[],
): boolean {
  const id = `${clusterfileSchema.$id as string}#/$defs/${definition}`;
  const validate = validators.get(definition) ?? ajv.compile({ $ref: id });
  validators.set(definition, validate);
  if (validate(document.value)) return true;
  for (const problem of validate.errors ?? []) {
    // A failed alternative is said once, not once for each branch.
    if (problem.schemaPath.includes('/anyOf/')) continue;
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
  const show = (parts: readonly (string | number)[]) =>
    parts
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
      .join('')
      .replace(/^\./, '') || 'the document';
  if (problem.keyword === 'additionalProperties') {
    const name = String(params.additionalProperty);
    const known = Object.keys((problem.parentSchema?.properties ?? {}) as object);
    const near = suggest(name, known);
    return clusterfileErrors.CLUSTERFILE_FIELD(
      { path: show([...path, name]), problem: `there is no such field${near ? `; did you mean ${near}?` : ''}` },
      { position: document.at([...path, name]) },
    );
  }
  if (problem.keyword === 'required') {
    return clusterfileErrors.CLUSTERFILE_FIELD(
      { path: show([...path, String(params.missingProperty)]), problem: 'it is missing' },
      { position: document.at(path) },
    );
  }
  const texts: Record<string, string> = {
    enum: `must be one of ${(params.allowedValues as unknown[] | undefined)?.join(', ')}`,
    const: `must be ${String(params.allowedValue)}`,
    pattern: 'is not of the right form',
    anyOf: 'is not of the right form',
    minLength: 'must not be empty',
    minItems: 'must not be empty',
  };
  return clusterfileErrors.CLUSTERFILE_FIELD(
    { path: show(path), problem: texts[problem.keyword] ?? problem.message ?? 'does not fit' },
    { position: document.at(path) },
  );
}
