/**
 * Whom the user trusts: `trust:` in $SEALER_HOME/config.yaml, the files in $SEALER_HOME/trusted-keys, the Clusterfile's
 * spec.trust and flags. Of config.yaml and Clusterfile the stricter policy counts; a flag says it for one command.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type PublicKey, readPublicKey } from './keys.js';
import { trustErrors } from './trust-errors.js';

/** From the strictest: every image must be signed; one that is signed must be signed well; nobody looks. */
export const trustPolicies = ['always', 'if-signed', 'never'] as const;
export type TrustPolicy = (typeof trustPolicies)[number];

/** As written in config.yaml and the Clusterfile. */
export interface TrustDeclaration {
  policy?: TrustPolicy | undefined;
  /** Paths of public keys, or the keys themselves (PEM). */
  keys?: readonly string[] | undefined;
  /** How many of the keys must have signed. Default 1. */
  required?: number | undefined;
}

export interface TrustSettings {
  policy: TrustPolicy;
  keys: PublicKey[];
  required: number;
}

/** Whether they can refuse an image at all. */
export function canRefuse({ policy, keys }: TrustSettings): boolean {
  return policy === 'always' || (policy === 'if-signed' && keys.length > 0);
}

/**
 * Keys that a flag or the Clusterfile names stand alone; else those of config.yaml and trusted-keys/ count.
 * @throws TRUST_SETTINGS_INVALID, TRUST_KEY_INVALID
 */
export async function trustSettings(
  sealerHome: string,
  cluster: TrustDeclaration = {},
  flags: TrustDeclaration = {},
): Promise<TrustSettings> {
  const config = await readConfig(join(sealerHome, 'config.yaml'));
  const policy = flags.policy ?? stricter(cluster.policy, config.policy) ?? 'if-signed';
  const required = flags.required ?? cluster.required ?? config.required ?? 1;
  if (policy === 'never') return { policy, keys: [], required };
  const [chosen, base] = flags.keys?.length
    ? [flags.keys, process.cwd()]
    : cluster.keys?.length
      ? [cluster.keys, process.cwd()]
      : [[...(config.keys ?? []), ...(await trustedKeyFiles(sealerHome))], sealerHome];
  return { policy, keys: unique(await Promise.all(chosen.map((key) => readTrusted(key, base)))), required };
}

function stricter(one: TrustPolicy | undefined, other: TrustPolicy | undefined): TrustPolicy | undefined {
  return trustPolicies.find((policy) => policy === one || policy === other);
}

/** A path, or the key itself. @throws TRUST_KEY_INVALID */
export async function readTrusted(text: string, base = process.cwd()): Promise<PublicKey> {
  if (text.includes('-----BEGIN')) return readPublicKey(text, 'an inline key');
  const path = resolve(base, text);
  const pem = await readFile(path, 'utf8').catch((cause: Error) => {
    throw trustErrors.TRUST_KEY_INVALID({ source: path, reason: cause.message }, { cause });
  });
  return readPublicKey(pem, text);
}

async function trustedKeyFiles(sealerHome: string): Promise<string[]> {
  const names = await readdir(join(sealerHome, 'trusted-keys')).catch(() => []);
  return names
    .filter((name) => name.endsWith('.pub'))
    .sort()
    .map((name) => join('trusted-keys', name));
}

function unique(keys: readonly PublicKey[]): PublicKey[] {
  return [...new Map(keys.map((key) => [key.id, key])).values()];
}

async function readConfig(path: string): Promise<TrustDeclaration> {
  const invalid = (reason: string) => trustErrors.TRUST_SETTINGS_INVALID({ path, reason });
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return '';
    throw invalid(cause.message);
  });
  // Most have no such file, and need no parser.
  if (text === '') return {};
  const { readSetting } = await import('../text/read-setting.js');
  const { value, fault } = readSetting(text);
  if (fault) {
    const { reason, ...place } = fault;
    throw trustErrors.TRUST_SETTINGS_INVALID({ path, reason }, { position: { file: path, ...place } });
  }
  if (value === null || value === undefined) return {};
  const { trust, ...others } = record(value, 'it', invalid);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid(`${unknown} is unknown; known is trust`);
  if (trust === null || trust === undefined) return {};
  return declaration(record(trust, 'trust', invalid), invalid);
}

function record(value: unknown, name: string, invalid: (reason: string) => Error): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${name} is not a mapping`);
}

function declaration(trust: Record<string, unknown>, invalid: (reason: string) => Error): TrustDeclaration {
  const { policy, keys, required, ...others } = trust;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid(`trust.${unknown} is unknown; known are policy, keys, required`);
  if (policy !== undefined && !trustPolicies.includes(policy as TrustPolicy))
    throw invalid(`trust.policy is ${JSON.stringify(policy)}; it is one of ${trustPolicies.join(', ')}`);
  if (keys !== undefined && !(Array.isArray(keys) && keys.every((key) => typeof key === 'string')))
    throw invalid('trust.keys is not a list of texts');
  if (required !== undefined && !(Number.isInteger(required) && (required as number) >= 1))
    throw invalid('trust.required is not a number of keys');
  return trust as TrustDeclaration;
}
