/** The documents of an image that is being built, looked at as a run will: what it would refuse is no image. */
import { relative } from 'node:path';
import { readImageDocuments } from '../cluster/image-documents.js';
import type { DocumentWarning } from '../cluster/yaml-documents.js';
import type { BuildState } from './build-state.js';

/** @returns what has no effect. @throws CLUSTERFILE_INVALID with the places in the build context */
export function checkDocuments(state: Pick<BuildState, 'documents' | 'files'>): DocumentWarning[] {
  const warnings: DocumentWarning[] = [];
  const sources = new Map(state.files.map(({ path, source }) => [path, source]));
  readImageDocuments(
    state.documents,
    (warning) => warnings.push(warning),
    (path) => {
      const source = sources.get(path);
      // What the image of FROM brings lies nowhere here.
      if (source === undefined) return `image:${path}`;
      const near = relative(process.cwd(), source);
      return near.startsWith('..') ? source : near;
    },
  );
  return warnings;
}
