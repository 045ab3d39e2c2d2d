/**
 * How registries are reached beyond their name: $SEALER_HOME/registries.yaml, and certificate authorities in
 * /etc/docker/certs.d/<domain>/*.crt, where docker, podman and skopeo look as well.
 */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { registryErrors } from './registry-errors.js';

export interface RegistrySettings {
  /** PEM certificates trusted besides the system's. */
  ca: string[];
  /** http in place of https. */
  plainHttp: boolean;
  /** https whose certificate is not looked at. */
  skipTlsVerify: boolean;
  /** Base addresses asked before the registry itself when pulling: `https://mirror.example:5000/prefix`. */
  mirrors: string[];
}

const fields: readonly string[] = ['ca', 'plainHttp', 'skipTlsVerify', 'mirrors'];
const certificateFolders = ['/etc/docker/certs.d', '/etc/containers/certs.d'];

/** @throws REGISTRY_SETTINGS_INVALID */
export async function registrySettings(domain: string, sealerHome = defaultHome()): Promise<RegistrySettings> {
  const path = join(sealerHome, 'registries.yaml');
  const said = await readEntry(path, domain);
  const invalid = (reason: string) => registryErrors.REGISTRY_SETTINGS_INVALID({ path, reason });
  for (const name of Object.keys(said))
    if (!fields.includes(name))
      throw invalid(`registries.${domain}.${name} is unknown; known are ${fields.join(', ')}`);
  for (const name of ['plainHttp', 'skipTlsVerify'])
    if (said[name] !== undefined && typeof said[name] !== 'boolean')
      throw invalid(`registries.${domain}.${name} is not true or false`);
  const ca = await systemCertificates(domain);
  for (const file of texts(said.ca, `registries.${domain}.ca`, invalid))
    ca.push(
      await readFile(resolve(sealerHome, file), 'utf8').catch((cause: Error) => {
        throw invalid(`registries.${domain}.ca cannot be read: ${cause.message}`);
      }),
    );
  const mirrors = texts(said.mirrors, `registries.${domain}.mirrors`, invalid);
  for (const mirror of mirrors)
    if (!/^https?:\/\//.test(mirror) || !URL.canParse(mirror))
      throw invalid(`registries.${domain}.mirrors: ${JSON.stringify(mirror)} is not an http(s) address`);
  return { ca, mirrors, plainHttp: said.plainHttp === true, skipTlsVerify: said.skipTlsVerify === true };
}

export function defaultHome(): string {
  return process.env.SEALER_HOME ?? join(homedir(), '.sealer');
}

async function readEntry(path: string, domain: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw registryErrors.REGISTRY_SETTINGS_INVALID({ path, reason: cause.message });
  });
  if (text === undefined) return {};
  // Most homes have no such file: its parser is loaded for those that do.
  const { readSetting } = await import('../text/read-setting.js');
  const { value, fault } = readSetting(text);
  const invalid = (reason: string, place?: { line: number; column: number }) =>
    registryErrors.REGISTRY_SETTINGS_INVALID({ path, reason }, place ? { position: { file: path, ...place } } : {});
  if (fault) throw invalid(fault.reason, { line: fault.line, column: fault.column });
  if (value === null || value === undefined) return {};
  const mapping = (part: unknown, name: string): Record<string, unknown> => {
    if (part === null || part === undefined) return {};
    if (typeof part === 'object' && !Array.isArray(part)) return part as Record<string, unknown>;
    throw invalid(`${name} is not a mapping`);
  };
  const { registries, ...others } = mapping(value, 'it');
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw invalid(`${unknown} is unknown; known is registries`);
  const all = mapping(registries, 'registries');
  return Object.hasOwn(all, domain) ? mapping(all[domain], `registries.${domain}`) : {};
}

function texts(value: unknown, name: string, invalid: (reason: string) => Error): string[] {
  const list = value === undefined ? [] : [value].flat();
  if (list.every((entry) => typeof entry === 'string')) return list;
  throw invalid(`${name} is not a text or a list of texts`);
}

async function systemCertificates(domain: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of certificateFolders) {
    const names = await readdir(join(folder, domain)).catch(() => []);
    for (const name of names.filter((entry) => entry.endsWith('.crt')).sort())
      found.push(
        await readFile(join(folder, domain, name), 'utf8').catch((cause: Error) => {
          const path = join(folder, domain, name);
          throw registryErrors.REGISTRY_SETTINGS_INVALID({ path, reason: cause.message }, { cause });
        }),
      );
  }
  return found;
}
