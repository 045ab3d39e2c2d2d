/**
 * What Go sealer (0.9 and later) says of an image: the manifest annotations `sealer.image.extension` and
 * `sealer.image.container.images`, both JSON. Values are checked here, once; what is unknown is left out.
 */
import type { ImageType } from '../image/cluster-config.js';
import type { ImageManifest } from '../image/descriptor.js';
import { mediaTypes } from '../image/media-types.js';
import { goSealerErrors } from './go-sealer-errors.js';

const extensionKey = 'sealer.image.extension';
const containerImagesKey = 'sealer.image.container.images';
const schemaVersion = 'v1alpha1';

export interface GoApplication {
  name: string;
  type: string;
  files: string[];
  env: Record<string, string>;
  /** Words of one shell line: Go sealer joins them by spaces. */
  commands: string[];
}

export interface GoExtension {
  /** Version of the Go sealer that built it. */
  sealerVersion?: string;
  type: ImageType;
  applications: GoApplication[];
  labels: Record<string, string>;
  env: Record<string, string>;
  launch: { commands: string[]; apps: string[] };
  /** The container images it is meant to carry, as they were named. */
  containerImages: { image: string; app?: string }[];
}

export function isGoSealerManifest(manifest: ImageManifest): boolean {
  return (
    manifest.config.mediaType !== mediaTypes.clusterConfig && typeof manifest.annotations?.[extensionKey] === 'string'
  );
}

/** `Go sealer v0.11.0`. */
export function madeBy(manifest: ImageManifest, image: string): string {
  return ['Go sealer', readExtension(manifest, image).sealerVersion].filter(Boolean).join(' ');
}

/** @throws GO_IMAGE_INVALID */
export function readExtension(manifest: ImageManifest, image: string): GoExtension {
  const invalid = (reason: string) => goSealerErrors.GO_IMAGE_INVALID({ image, reason });
  const value = object(json(manifest, extensionKey, invalid), extensionKey, invalid);
  if (value.schemaVersion !== undefined && value.schemaVersion !== schemaVersion)
    throw invalid(`schemaVersion of ${extensionKey} is ${JSON.stringify(value.schemaVersion)}, not ${schemaVersion}`);
  const client = object(value.buildClient ?? {}, 'buildClient', invalid);
  const launch = object(value.launch ?? {}, 'launch', invalid);
  const lines = overrides(launch.appConfigs, invalid);
  const applications = list(value.applications, 'applications', invalid).map((entry, at) =>
    application(entry, `applications[${at}]`, lines, invalid),
  );
  const apps = strings(launch.app_names, 'launch.app_names', invalid).filter(Boolean);
  const unknown = apps.find((name) => !applications.some((app) => app.name === name));
  if (unknown !== undefined) throw invalid(`it launches the application ${JSON.stringify(unknown)}, which it lacks`);
  return {
    ...(typeof client.sealerVersion === 'string' ? { sealerVersion: client.sealerVersion } : {}),
    type: imageType(value.type, invalid),
    applications,
    labels: pairs(value.labels, 'labels', invalid),
    env: pairs(value.env, 'env', invalid),
    launch: { commands: strings(launch.cmds, 'launch.cmds', invalid).filter(Boolean), apps },
    containerImages: containerImages(manifest, invalid),
  };
}

type Invalid = (reason: string) => Error;

/** Go sealer takes everything for a kube-installer that does not say app-installer; other words are a mistake. */
function imageType(value: unknown, invalid: Invalid): ImageType {
  if (value === undefined || value === '' || value === 'kube-installer') return 'kube-installer';
  if (value === 'app-installer') return value;
  throw invalid(`its type is ${JSON.stringify(value)}, not kube-installer or app-installer`);
}

function application(
  value: unknown,
  place: string,
  overriding: ReadonlyMap<string, string[]>,
  invalid: Invalid,
): GoApplication {
  const fields = object(value, place, invalid);
  const { name, type = '' } = fields;
  // It becomes a folder of the rootfs and a word of shell lines.
  if (typeof name !== 'string' || !/^[\w][\w.-]*$/.test(name))
    throw invalid(`${place} has the name ${JSON.stringify(name)}`);
  if (typeof type !== 'string') throw invalid(`${place}.type is ${JSON.stringify(type)}`);
  // `launchfiles` is what the first versions of 0.9 wrote.
  const files = strings(fields.files ?? fields.launchfiles, `${place}.files`, invalid);
  const outward = files.find((file) => file.startsWith('/') || file.split('/').includes('..') || /[\0\n]/.test(file));
  if (outward !== undefined) throw invalid(`${place} names the file ${JSON.stringify(outward)}, which leads out of it`);
  const env = pairs(fields.env, `${place}.env`, invalid);
  const commands = overriding.get(name) ?? strings(fields.cmds, `${place}.cmds`, invalid);
  return { name, type, files, env, commands };
}

/** Some versions of 0.9 wrote APPCMDS into `launch.appConfigs`. */
function overrides(value: unknown, invalid: Invalid): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [at, entry] of list(value, 'launch.appConfigs', invalid).entries()) {
    const { name, launch } = object(entry, `launch.appConfigs[${at}]`, invalid);
    if (typeof name !== 'string' || launch === undefined || launch === null) continue;
    const { cmds } = object(launch, `launch.appConfigs[${at}].launch`, invalid);
    found.set(name, strings(cmds, `launch.appConfigs[${at}].launch.cmds`, invalid));
  }
  return found;
}

function containerImages(manifest: ImageManifest, invalid: Invalid): { image: string; app?: string }[] {
  if (manifest.annotations?.[containerImagesKey] === undefined) return [];
  return list(json(manifest, containerImagesKey, invalid), containerImagesKey, invalid).map((entry, at) => {
    const { image, appName } = object(entry, `${containerImagesKey}[${at}]`, invalid);
    if (typeof image !== 'string') throw invalid(`${containerImagesKey}[${at}] has no image`);
    return { image, ...(typeof appName === 'string' && appName ? { app: appName } : {}) };
  });
}

function json(manifest: ImageManifest, key: string, invalid: Invalid): unknown {
  const text = manifest.annotations?.[key] ?? '';
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`the annotation ${key} is not JSON (${(cause as Error).message})`);
  }
}

function object(value: unknown, place: string, invalid: Invalid): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${place} is not an object`);
  return value as Record<string, unknown>;
}

/** Go writes null for an empty list. */
function list(value: unknown, place: string, invalid: Invalid): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${place} is not a list`);
  return value;
}

function strings(value: unknown, place: string, invalid: Invalid): string[] {
  const found = list(value, place, invalid);
  if (!found.every((entry) => typeof entry === 'string'))
    throw invalid(`${place} holds something that is not a string`);
  return found as string[];
}

function pairs(value: unknown, place: string, invalid: Invalid): Record<string, string> {
  const entries = Object.entries(object(value ?? {}, place, invalid));
  const wrong = entries.find(([, text]) => typeof text !== 'string');
  if (wrong) throw invalid(`${place}.${wrong[0]} is not a string`);
  return Object.fromEntries(entries) as Record<string, string>;
}
