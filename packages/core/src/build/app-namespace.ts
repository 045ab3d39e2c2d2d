/** Where the chart of an application is rendered for and installed. */
import type { AppType } from '../image/cluster-config.js';
import { buildErrors } from './build-errors.js';
import type { BuildState } from './build-state.js';

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What `APP --namespace` says. @throws BUILD_NAMESPACE */
export function namespaceOf(app: string, type: AppType | undefined, text: string | undefined): { namespace?: string } {
  if (text === undefined) return {};
  const of = `app "${app}"`;
  if (type !== 'helm')
    throw buildErrors.BUILD_NAMESPACE({
      of,
      text,
      reason: `it is ${type === undefined ? '' : `of type ${type}, `}no chart: its manifests or commands say where they go`,
    });
  return { namespace: checked(text, of) };
}

/** What the build is told for all charts goes to the applications it brings, so that they are installed there as well. */
export function settleNamespaces(state: Pick<BuildState, 'apps' | 'files'>, text: string | undefined): void {
  if (text === undefined) return;
  const namespace = checked(text, '--chart-namespace');
  for (const app of state.apps)
    if (app.type === 'helm' && state.files.some(({ path }) => path.startsWith(`application/apps/${app.name}/`)))
      app.namespace ??= namespace;
}

/** By application. */
export function appNamespaces({ apps }: Pick<BuildState, 'apps'>): Record<string, string> {
  return Object.fromEntries(apps.flatMap(({ name, namespace }) => (namespace ? [[name, namespace]] : [])));
}

function checked(text: string, of: string): string {
  if (label.test(text)) return text;
  const reason = 'lower-case letters, digits and - are expected, 63 at most, with a letter or digit at both ends';
  throw buildErrors.BUILD_NAMESPACE({ of, text, reason });
}
