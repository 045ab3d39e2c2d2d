/** Documents of kind Application: what is launched, in place of what the image says. */
import type { SealerError } from '../errors/sealer-error.js';
import type { ClusterfileSchema } from '../generated/types.js';
import { checkSchema, show } from './check-schema.js';
import { clusterfileErrors } from './clusterfile-errors.js';
import type { LocatedDocument } from './yaml-documents.js';

export interface Launch {
  launchApps?: string[];
  commands?: string[];
}

export function applicationDocument(document: LocatedDocument, errors: SealerError[]): Launch | undefined {
  if (!checkSchema(document, 'application', errors)) return undefined;
  const { spec } = document.value as unknown as ClusterfileSchema.Application;
  for (const [index, config] of (spec.configs ?? []).entries())
    for (const field of ['env', 'files', 'launch', 'delete'] as const) {
      const value = config[field];
      if (value === undefined || Object.keys(value).length === 0) continue;
      const path = ['spec', 'configs', index, field];
      const problem =
        'it is not carried out by this version; build it into the image, with APPENV, APPVALUES, APPCMDS or COPY';
      errors.push(clusterfileErrors.CLUSTERFILE_FIELD({ path: show(path), problem }, { position: document.at(path) }));
    }
  return {
    ...(spec.launchApps?.length ? { launchApps: spec.launchApps.filter(Boolean) } : {}),
    ...(spec.cmds?.length ? { commands: spec.cmds } : {}),
  };
}
