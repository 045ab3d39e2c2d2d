/**
 * Plugin documents against the cluster they are for, before any host is reached: do their types exist, do their phases
 * ever come, do their scopes select anybody. What an image brings is not the user's to correct: there it is a warning.
 */
import type { ClusterSpec, PluginDocument } from '../cluster/cluster-spec.js';
import { clusterfileErrors } from '../cluster/clusterfile-errors.js';
import { type SelectableHost, scopeProblem, selectable } from '../cluster/hook-scope.js';
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import type { Operation } from '../workflow/operation.js';
import { phases } from '../workflow/phases.js';

export interface HooksToCheck {
  operation: Operation;
  cluster: ClusterSpec;
  /** Names of the types that plugins provide. */
  types: readonly string[];
  warn: (text: string) => void;
}

const scopes = new Map<string, string>(phases.map(({ name, scope }) => [name, scope]));

/** @throws CLUSTERFILE_INVALID */
export function checkHooks({ operation, cluster, types, warn }: HooksToCheck): void {
  const errors: SealerError[] = [];
  const say = (hook: PluginDocument, field: 'type' | 'action' | 'scope', text: string) => {
    const at = hook.places?.[field];
    warn(`${at ? place(at) : hook.source}: Plugin ${hook.name}: ${text}`);
  };
  const refuse = (hook: PluginDocument, field: 'type' | 'action' | 'scope', problem: string) => {
    const position = hook.places?.[field];
    const path = `Plugin ${hook.name}: spec.${field}`;
    errors.push(clusterfileErrors.CLUSTERFILE_FIELD({ path, problem }, position ? { position } : {}));
  };
  // A removal must not fail for a document that the installation took, or that only an installation reads.
  for (const hook of operation === 'install' ? cluster.hooks : []) {
    if (!types.includes(hook.type))
      refuse(hook, 'type', `no plugin provides the type "${hook.type}"; there is ${types.join(', ') || 'none'}`);
    const idle = hook.phases.filter((phase) => !scopes.has(phase));
    if (idle.length > 0)
      say(hook, 'action', `${idle.join(', ')} ${idle.length > 1 ? 'are' : 'is'} not carried out by this version`);
    const onMaster0 = hook.phases.filter((phase) => scopes.get(phase) === 'cluster');
    const elsewhere = hook.scope.filter((word) => !['master0', 'master'].includes(word));
    if (onMaster0.length > 0 && elsewhere.length > 0)
      say(
        hook,
        'scope',
        `${hook.scope.join('|')} has no effect at ${onMaster0.join(', ')}, which is for master0 alone`,
      );
    const problem = hostProblem(hook, cluster.hosts.map(selectable));
    if (!problem) continue;
    if (isOfImage(hook)) say(hook, 'scope', problem);
    else refuse(hook, 'scope', problem);
  }
  if (errors.length > 0)
    throw clusterfileErrors.CLUSTERFILE_INVALID(
      { file: errors[0]?.position?.file ?? 'the cluster', count: errors.length },
      { errors },
    );
}

/** Undefined where the scope is right, or no phase asks for it. */
export function hostProblem(hook: PluginDocument, hosts: readonly SelectableHost[]): string | undefined {
  if (!hook.phases.some((phase) => scopes.get(phase) !== 'cluster')) return undefined;
  return scopeProblem(hook.scope, hosts);
}

export function isOfImage(hook: PluginDocument): boolean {
  return hook.source.startsWith('image:');
}

function place({ file, line, column }: SourcePosition): string {
  return `${file}:${line}:${column}`;
}
