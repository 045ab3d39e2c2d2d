/** Documents of kind Plugin: scripts and the like that run at named phases. */
import type { SealerError } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import type { ClusterfileSchema } from '../generated/types.js';
import { checkSchema } from './check-schema.js';
import type { PluginDocument } from './cluster-spec.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import { hookPhaseAliases, hookPhases } from './hook-phases.js';
import { scopeFault, scopeWords } from './hook-scope.js';
import type { LocatedDocument, Warn } from './yaml-documents.js';

/** Types of Go sealer that are fields of a Cluster document here, or nothing. */
const insteadOf: Readonly<Record<string, string>> = {
  LABEL: 'write spec.hosts[].labels in the Cluster document',
  TAINT: 'write spec.hosts[].taints in the Cluster document',
  HOSTNAME: 'name the hosts before, or by a document of type SHELL with hostnamectl',
  CLUSTERCHECK: 'leave it out: a run waits for its nodes',
  ETCD: 'write a document of type SHELL that takes the snapshot',
};

export function pluginDocument(
  document: LocatedDocument,
  file: string,
  errors: SealerError[],
  warn: Warn,
): PluginDocument | undefined {
  if (!checkSchema(document, 'plugin', errors)) return undefined;
  const { metadata, spec } = document.value as unknown as ClusterfileSchema.Plugin;
  const place = (field: string) => document.at(['spec', field]);
  const fail = (field: string, problem: string) => {
    errors.push(clusterfileErrors.CLUSTERFILE_FIELD({ path: `spec.${field}`, problem }, { position: place(field) }));
  };
  const phases: string[] = [];
  // Go sealer separates by `|` alone; no name of a phase has any of the others in it.
  const names = spec.action.split(/[|,;/\s]+/).filter(Boolean);
  if (names.length === 0) fail('action', 'it names no phase');
  for (const name of names) {
    const alias = Object.hasOwn(hookPhaseAliases, name) ? hookPhaseAliases[name] : undefined;
    const phase = alias ?? hookPhases.find((candidate) => candidate === name);
    if (phase) phases.push(phase);
    else {
      const near = suggest(name, [...hookPhases, ...Object.keys(hookPhaseAliases)]);
      fail(
        'action',
        `there is no phase "${name}"${near ? `; did you mean ${near}?` : `; there are ${hookPhases.join(', ')}`}`,
      );
    }
  }
  const field = spec.scope === undefined ? 'on' : 'scope';
  const scope = scopeWords(spec.scope ?? spec.on ?? '');
  for (const word of scope) {
    const fault = scopeFault(word);
    if (fault) fail(field, fault);
  }
  if (spec.scope !== undefined && spec.on !== undefined && spec.scope !== spec.on)
    fail('on', 'scope and on say the same thing, and here two different ones: leave one out');
  const type = spec.type.trim().toUpperCase();
  const instead = Object.hasOwn(insteadOf, type) ? insteadOf[type] : undefined;
  if (instead)
    warn({ text: `type ${type} needs a plugin that provides it; without one, ${instead}`, position: place('type') });
  if (type === 'SHELL' && !spec.data?.trim()) fail('data', 'it is empty: nothing would run');
  return {
    name: metadata.name,
    type,
    phases: [...new Set(phases)],
    scope,
    data: spec.data ?? '',
    source: `${file}:${document.at([]).line}`,
    places: { type: place('type'), action: place('action'), scope: place(field) },
  };
}
