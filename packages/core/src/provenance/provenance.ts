/**
 * Build provenance: an in-toto statement v1 with the predicate of SLSA provenance v1 (slsa.dev/spec/v1.0/provenance).
 * Attached to the image, so that its times do not touch the image's digest.
 */
import type { ClusterImageConfig } from '../image/cluster-config.js';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { packageUrl } from '../sbom/package-url.js';
import { inTotoType, type Statement, statement } from '../trust/dsse.js';
import { type NewAttachment, referrer } from '../trust/new-attachment.js';

export const provenancePredicate = 'https://slsa.dev/provenance/v1';

export interface BuildRecord {
  /** Name the image was built under. */
  name: string;
  kubefile: { path: string; digest: Digest };
  /** Over paths, modes and contents of the files of the context that went into layers. */
  context: Digest;
  /** FROM, when there is one. */
  parent?: { name: string; digest: Digest };
  /** Values that look like secrets are left out by name. */
  buildArgs: Readonly<Record<string, string>>;
  config: ClusterImageConfig;
  started: Date;
  finished: Date;
  sealerVersion: string;
}

interface Material {
  uri: string;
  digest: { sha256: string };
  name?: string;
}

export function provenanceStatement(subject: Digest, record: BuildRecord): Statement {
  const { config } = record;
  const materials: Material[] = [
    { uri: `file:${record.kubefile.path}`, digest: { sha256: hexOf(record.kubefile.digest) }, name: 'Kubefile' },
    { uri: 'file:.', digest: { sha256: hexOf(record.context) }, name: 'context' },
    ...(record.parent ? [image(record.parent.name, record.parent.digest)] : []),
    ...config.bundle.map((bundled) => image(bundled.name, bundled.digest)),
  ];
  return statement(
    subject,
    provenancePredicate,
    {
      buildDefinition: {
        buildType: 'https://sealer.io/build/kubefile/v1',
        externalParameters: {
          kubefile: record.kubefile.path,
          platform: `${config.os}/${config.architecture}`,
          buildArgs: publicArgs(record.buildArgs),
        },
        internalParameters: {},
        resolvedDependencies: materials,
      },
      runDetails: {
        builder: { id: 'https://sealer.io/builder/cli', version: { sealer: record.sealerVersion } },
        metadata: { startedOn: record.started.toISOString(), finishedOn: record.finished.toISOString() },
      },
    },
    record.name,
  );
}

export function provenanceAttachment(subject: Descriptor, made: Statement): NewAttachment {
  return referrer(subject, inTotoType, Buffer.from(JSON.stringify(made)), {
    'in-toto.io/predicate-type': made.predicateType,
  });
}

/** A build argument may be a password although it should not: what is called so is not shown to everybody. */
function publicArgs(args: Readonly<Record<string, string>>): Record<string, string> {
  const secret = /pass|secret|token|key|credential|auth/i;
  return Object.fromEntries(
    Object.entries(args)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, secret.test(name) ? '***' : value]),
  );
}

function image(name: string, digest: Digest): Material {
  const bare = name.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  const last = bare.slice(bare.lastIndexOf('/') + 1);
  return { uri: packageUrl('oci', last, digest, { repository_url: bare }), digest: { sha256: hexOf(digest) }, name };
}
