/** How an image was made, for people. */
import type { Statement } from '@sealer/core/images';
import { table } from './format.js';

interface Provenance {
  buildDefinition?: {
    externalParameters?: { kubefile?: string; platform?: string; buildArgs?: Record<string, string> };
    resolvedDependencies?: { uri?: string; name?: string; digest?: { sha256?: string } }[];
  };
  runDetails?: {
    builder?: { id?: string; version?: Record<string, string> };
    metadata?: { startedOn?: string; finishedOn?: string };
  };
}

export function describeProvenance({ subject, predicate }: Statement): string {
  const { buildDefinition, runDetails } = predicate as Provenance;
  const { kubefile, platform, buildArgs } = buildDefinition?.externalParameters ?? {};
  const builder = runDetails?.builder;
  const version = Object.entries(builder?.version ?? {}).map(([name, text]) => ` (${name} ${text})`);
  const materials = buildDefinition?.resolvedDependencies ?? [];
  return [
    `image       ${subject[0]?.name ?? ''} sha256:${subject[0]?.digest.sha256 ?? ''}`,
    `builder     ${builder?.id ?? 'unknown'}${version.join('')}`,
    `kubefile    ${kubefile ?? 'unknown'}, for ${platform ?? 'unknown'}`,
    ...Object.entries(buildArgs ?? {}).map(([name, value]) => `argument    ${name}=${value}`),
    `built       ${runDetails?.metadata?.startedOn ?? '?'} to ${runDetails?.metadata?.finishedOn ?? '?'}`,
    '',
    table([
      ['MADE OF', 'DIGEST'],
      ...materials.map(({ uri, name, digest }) => [
        name ?? uri ?? '?',
        `sha256:${digest?.sha256?.slice(0, 12) ?? '?'}`,
      ]),
    ]),
  ].join('\n');
}
