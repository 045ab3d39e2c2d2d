/** What a kustomization is made of, as it names it. */
import { isMap, parseDocument } from 'yaml';
import { itemsOf, resolved, textOf } from './yaml-nodes.js';

const lists = ['resources', 'bases', 'components', 'crds', 'generators', 'transformers'];

/** Files, folders and addresses. What cannot be read is none: it is refused elsewhere. */
export function resourcesOf(text: string): string[] {
  const document = read(text);
  const contents = document?.contents;
  if (!document || !isMap(contents)) return [];
  const paths = lists.flatMap((list) => itemsOf(contents.get(list, true), document).map(textOf));
  const charts = itemsOf(contents.get('helmCharts', true), document).flatMap((chart) =>
    isMap(chart) ? [textOf(resolved(chart.get('repo', true), document))] : [],
  );
  return [...paths, ...charts].filter((path): path is string => path !== undefined && !path.includes('\n'));
}

function read(text: string) {
  try {
    return parseDocument(text, { uniqueKeys: false, logLevel: 'silent' });
  } catch (cause) {
    // Thousands of levels are beyond the parser.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
