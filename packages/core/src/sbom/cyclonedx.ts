/** A bill of materials in CycloneDX 1.6 (JSON). Nothing in it depends on when or where it was made. */
import type { BundleImage, ClusterImageConfig } from '../image/cluster-config.js';
import type { Digest } from '../image/descriptor.js';
import { hexOf } from '../image/digest.js';
import { parseReference } from '../image/reference.js';
import type { OsPackage } from './package-databases.js';
import { packageUrl } from './package-url.js';
import type { FileFindings } from './scan-layer.js';

export const sbomType = 'application/vnd.cyclonedx+json';

export interface Component {
  type: 'application' | 'library' | 'container';
  'bom-ref': string;
  name: string;
  version?: string;
  purl?: string;
  hashes?: { alg: 'SHA-256'; content: string }[];
  properties?: { name: string; value: string }[];
  components?: Component[];
}

export interface BillOfMaterials {
  bomFormat: 'CycloneDX';
  specVersion: '1.6';
  version: 1;
  metadata: { component: Component };
  components: Component[];
}

export interface DescribedImage {
  name: string;
  digest: Digest;
  config: ClusterImageConfig;
}

export function billOfMaterials(image: DescribedImage, files: ReadonlyMap<string, FileFindings>): BillOfMaterials {
  const components = [...files].flatMap(([path, findings]) => fileComponents(path, findings, image.config));
  components.push(...image.config.bundle.map(bundledComponent));
  components.push(...image.config.apps.map(({ name, type }) => app(name, type)));
  components.sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: subject(image) },
    components,
  };
}

function subject({ name, digest, config }: DescribedImage): Component {
  const { tag } = parseReference(name);
  return {
    type: 'container',
    'bom-ref': 'image',
    name: parseReference(name).name,
    ...(tag === undefined ? {} : { version: tag }),
    purl: imageUrl(name, digest),
    hashes: [{ alg: 'SHA-256', content: hexOf(digest) }],
    properties: [
      { name: 'sealer:type', value: config.type },
      { name: 'sealer:platform', value: `${config.os}/${config.architecture}` },
      ...(config.runtime ? [{ name: 'sealer:runtime', value: words(config.runtime) }] : []),
    ],
  };
}

function fileComponents(path: string, findings: FileFindings, config: ClusterImageConfig): Component[] {
  const place = [{ name: 'sealer:path', value: path }];
  const packages = (findings.packages ?? []).map((one) => ({ ...osPackage(one), properties: place }));
  const charts = (findings.charts ?? []).map(({ name, version, appVersion }, index) => ({
    type: 'application' as const,
    'bom-ref': `chart:${path}:${index}`,
    name,
    ...(version === undefined ? {} : { version }),
    properties: [
      { name: 'sealer:kind', value: 'chart' },
      ...place,
      ...(appVersion === undefined ? [] : [{ name: 'sealer:app-version', value: appVersion }]),
    ],
  }));
  return [...packages, ...charts, ...(findings.program ? [program(path, findings.program, config)] : [])];
}

function program(path: string, info: NonNullable<FileFindings['program']>, config: ClusterImageConfig): Component {
  const { main, goVersion, dependencies, packagePath, digest } = info;
  const ref = `file:${path}`;
  // Kubernetes builds its programs from a working tree; the image's label says of which version.
  const ofRuntime = main?.path === 'k8s.io/kubernetes' ? config.runtime?.version : undefined;
  const version = main?.version ?? ofRuntime;
  const modules = [{ path: 'stdlib', version: goVersion.replace(/^go/, '') }, ...dependencies];
  return {
    type: 'application',
    'bom-ref': ref,
    name: path.slice(path.lastIndexOf('/') + 1),
    ...(version === undefined ? {} : { version }),
    ...(main ? { purl: packageUrl('golang', main.path, version) } : {}),
    hashes: [{ alg: 'SHA-256', content: hexOf(digest) }],
    properties: [
      { name: 'sealer:path', value: path },
      { name: 'sealer:go-version', value: goVersion },
      ...(packagePath ? [{ name: 'sealer:go-package', value: packagePath }] : []),
    ],
    components: modules.map((module) => ({
      type: 'library' as const,
      'bom-ref': `${ref}#${module.path}`,
      name: module.path,
      ...(module.version === undefined ? {} : { version: module.version }),
      purl: packageUrl('golang', module.path, module.version),
    })),
  };
}

function osPackage({ manager, name, version, architecture }: OsPackage): Component {
  const purl = packageUrl(manager, `${manager === 'deb' ? 'debian' : 'alpine'}/${name}`, version, {
    arch: architecture,
  });
  return { type: 'library', 'bom-ref': purl, name, version, purl };
}

function bundledComponent({ name, digest, origin }: BundleImage): Component {
  const { tag, name: repository } = parseReference(name);
  return {
    type: 'container',
    'bom-ref': `bundle:${name}`,
    name: repository,
    ...(tag === undefined ? {} : { version: tag }),
    purl: imageUrl(name, digest),
    hashes: [{ alg: 'SHA-256', content: hexOf(digest) }],
    properties: [{ name: 'sealer:origin', value: origin }],
  };
}

function app(name: string, type: string | undefined): Component {
  const properties = [
    { name: 'sealer:kind', value: 'app' },
    ...(type ? [{ name: 'sealer:app-type', value: type }] : []),
  ];
  return { type: 'application', 'bom-ref': `app:${name}`, name, properties };
}

/** The `oci` type of package-url: the last part of the name, the digest as version. */
function imageUrl(reference: string, digest: Digest): string {
  const { name, tag } = parseReference(reference);
  const last = name.slice(name.lastIndexOf('/') + 1);
  return packageUrl('oci', last, digest, { repository_url: name, tag });
}

function words({ type, version }: { type: string; version?: string }): string {
  return [type, version].filter(Boolean).join(' ');
}
