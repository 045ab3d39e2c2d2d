/** The documents of a Clusterfile, or of a cluster image's own files, with the place of every field. */
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import { readYaml } from '../text/read-yaml.js';
import { clusterfileErrors } from './clusterfile-errors.js';

export interface LocatedDocument {
  value: Record<string, unknown>;
  /** Place of a field, by its path; of the nearest parent that is there. */
  at(path: readonly (string | number)[]): SourcePosition;
}

/** Said of a document that is carried out all the same. */
export interface DocumentWarning {
  text: string;
  position: SourcePosition;
}

export type Warn = (warning: DocumentWarning) => void;

export function readDocuments(text: string, file: string, errors: SealerError[]): LocatedDocument[] {
  const { documents, faults } = readYaml(text);
  for (const { reason, ...place } of faults)
    errors.push(clusterfileErrors.CLUSTERFILE_YAML({ reason }, { position: { file, ...place } }));
  const located: LocatedDocument[] = [];
  for (const { value, at } of documents) {
    if (value === null || value === undefined) continue;
    const position = (path: readonly (string | number)[]) => ({ file, ...at(path) });
    if (typeof value !== 'object' || Array.isArray(value))
      errors.push(
        clusterfileErrors.CLUSTERFILE_YAML({ reason: 'the document is no mapping' }, { position: position([]) }),
      );
    else located.push({ value: value as Record<string, unknown>, at: position });
  }
  return located;
}

/**
 * The document without what says nothing: Go writes and reads `env:`, `creationTimestamp: null` and `port: ""` where
 * nothing is meant.
 */
export function withoutEmpty({ value, at }: LocatedDocument): LocatedDocument {
  return { value: strip(value) as Record<string, unknown>, at };
}

function strip(value: unknown, name = ''): unknown {
  // Names and values of users: an empty one means something.
  if (['labels', 'annotations', 'options'].includes(name)) return value;
  if (Array.isArray(value)) return value.map((item) => strip(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== '')
      .map(([key, field]) => [key, strip(field, key)]),
  );
}

/** The mappings of a text, for files that are read without a schema. @throws CLUSTERFILE_INVALID */
export function parseYamlDocuments(text: string, file: string): Record<string, unknown>[] {
  const errors: SealerError[] = [];
  const documents = readDocuments(text, file, errors);
  if (errors.length > 0) throw clusterfileErrors.CLUSTERFILE_INVALID({ file, count: errors.length }, { errors });
  return documents.map(({ value }) => value);
}
