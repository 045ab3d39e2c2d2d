/**
 * Files of a cluster image that a run reads before it touches a host: Plugin documents in plugins/, and documents of the
 * runtime in etc/. A build looks at them by the same code, so that no image is made that a run refuses.
 */
import type { SealerError } from '../errors/sealer-error.js';
import type { PluginDocument } from './cluster-spec.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import { pluginDocument } from './plugin-documents.js';
import { runtimeKinds } from './runtime-kinds.js';
import { readDocuments, type Warn, withoutEmpty } from './yaml-documents.js';

const plugins = /^plugins\/[^/]+\.ya?ml$/;
const settings = /^etc\/[^/]+\.ya?ml$/;
const runtimeDocument = new RegExp(`\\bkind["']?\\s*:\\s*["']?(${runtimeKinds.join('|')})\\b`);

/**
 * @param nameOf how messages call a file of the image: default `image:PATH`
 * @throws CLUSTERFILE_INVALID
 */
export function readImageDocuments(
  documents: Readonly<Record<string, string>>,
  warn: Warn = () => undefined,
  nameOf = (path: string) => `image:${path}`,
): PluginDocument[] {
  const errors: SealerError[] = [];
  const hooks: PluginDocument[] = [];
  for (const [path, text] of Object.entries(documents)) {
    const file = nameOf(path);
    if (plugins.test(path))
      for (const document of readDocuments(text, file, errors)) {
        const { kind } = document.value;
        if (kind === 'Plugin') {
          const hook = pluginDocument(withoutEmpty(document), file, errors, warn);
          if (hook) hooks.push({ ...hook, source: `image:${path}:${document.at([]).line}` });
        } else
          warn({
            text: `a document of kind ${typeof kind === 'string' ? kind : '(none)'} in plugins/ has no effect; there, Plugin is read`,
            position: document.at(['kind']),
          });
      }
    else if (settings.test(path) && runtimeDocument.test(text)) readDocuments(text, file, errors);
  }
  if (errors.length > 0)
    throw clusterfileErrors.CLUSTERFILE_INVALID({ file: 'the image', count: errors.length }, { errors });
  return hooks;
}
