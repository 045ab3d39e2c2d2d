/** Documents of kind Plugin: scripts and the like that run at named phases. */
import type { SealerError } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import type { PluginDocument } from './cluster-spec.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import { hookPhaseAliases, hookPhases } from './hook-phases.js';
import { checkSchema, type LocatedDocument, readDocuments } from './yaml-documents.js';

interface PluginYaml {
  metadata: { name: string };
  spec: { type: string; data?: string; action: string; scope?: string; on?: string };
}

export function pluginDocument(
  document: LocatedDocument,
  file: string,
  errors: SealerError[],
): PluginDocument | undefined {
  if (!checkSchema(document, 'plugin', errors)) return undefined;
  const { metadata, spec } = document.value as unknown as PluginYaml;
  const phases: string[] = [];
  for (const name of spec.action.split('|').map((part) => part.trim())) {
    const phase = hookPhaseAliases[name] ?? hookPhases.find((candidate) => candidate === name);
    if (phase) phases.push(phase);
    else {
      const near = suggest(name, [...hookPhases, ...Object.keys(hookPhaseAliases)]);
      const problem = `there is no phase "${name}"${near ? `; did you mean ${near}?` : ''}`;
      errors.push(
        clusterfileErrors.CLUSTERFILE_FIELD(
          { path: 'spec.action', problem },
          { position: document.at(['spec', 'action']) },
        ),
      );
    }
  }
  const scope = (spec.scope ?? spec.on ?? '')
    .split('|')
    .map((part) => part.trim())
    .filter(Boolean);
  const source = `${file}:${document.at([]).line}`;
  return {
    name: metadata.name,
    type: spec.type.toUpperCase(),
    phases: [...new Set(phases)],
    scope,
    data: spec.data ?? '',
    source,
  };
}

/** Plugin documents that lie in a cluster image (`plugins/*.yaml`). @throws CLUSTERFILE_INVALID */
export function parseImageHooks(documents: Readonly<Record<string, string>>): PluginDocument[] {
  const errors: SealerError[] = [];
  const hooks: PluginDocument[] = [];
  for (const [path, text] of Object.entries(documents)) {
    if (!/^plugins\/[^/]+\.ya?ml$/.test(path)) continue;
    for (const document of readDocuments(text, `image:${path}`, errors)) {
      const hook = document.value.kind === 'Plugin' ? pluginDocument(document, `image:${path}`, errors) : undefined;
      if (hook) hooks.push(hook);
    }
  }
  if (errors.length)
    throw clusterfileErrors.CLUSTERFILE_INVALID({ file: 'the image', count: errors.length }, { errors });
  return hooks;
}
