/**
 * Finds plugin packages: the ones the program ships, those installed in `$SEALER_HOME/plugins`, and those a
 * Clusterfile names. Built-in plugins get no privilege: same loader, same contract.
 */
import { readdir, readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ifMissing } from '../errors/file-system-error.js';
import { SealerError } from '../errors/sealer-error.js';
import { isPlugin } from './apply-plugins.js';
import type { Plugin } from './contract.js';
import { pluginErrors } from './plugin-errors.js';

export interface InstalledPlugin {
  /** Package name. */
  packageName: string;
  version: string;
  directory: string;
}

/** The part of a plugin's package.json that makes it one (schemas/plugin-package.schema.json). */
interface PluginPackage {
  name?: string;
  version?: string;
  sealer?: { plugin?: boolean };
  exports?: unknown;
  main?: string;
}

let coreIsShared = false;

/** Gives plugins outside this installation the running copy of @sealer/core, although none is installed beside them. */
function shareCore(): void {
  if (coreIsShared) return;
  const here = import.meta.url;
  register(new URL('./share-core-hook.js', here), {
    data: {
      core: new URL('../index.js', here).href,
      testing: new URL('../testing/index.js', here).href,
    },
  });
  coreIsShared = true;
}

/** Plugin packages below `$SEALER_HOME/plugins`: `<folder>` and `node_modules/[@scope/]<name>`. */
export async function installedPlugins(sealerHome: string): Promise<InstalledPlugin[]> {
  const root = join(sealerHome, 'plugins');
  const folders: string[] = [];
  for (const name of await list(root)) {
    if (name === 'node_modules') folders.push(...(await packageFolders(join(root, name))));
    else folders.push(join(root, name));
  }
  const found: InstalledPlugin[] = [];
  for (const directory of folders) {
    const manifest = await readPackage(directory);
    if (manifest?.sealer?.plugin) {
      found.push({ packageName: manifest.name ?? directory, version: manifest.version ?? '0.0.0', directory });
    }
  }
  return found;
}

/** Imports an installed plugin. @throws PLUGIN_INVALID */
export async function importPlugin(installed: InstalledPlugin): Promise<Plugin> {
  shareCore();
  const manifest = (await readPackage(installed.directory)) as PluginPackage;
  const entry = entryOf(manifest);
  try {
    const module = (await import(pathToFileURL(join(installed.directory, entry)).href)) as { default?: unknown };
    return expectPlugin(installed.packageName, module.default);
  } catch (cause) {
    if (SealerError.is(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw pluginErrors.PLUGIN_INVALID({ name: installed.packageName, reason }, { cause });
  }
}

/** @throws PLUGIN_INVALID */
export function expectPlugin(name: string, value: unknown): Plugin {
  if (!isPlugin(value)) {
    throw pluginErrors.PLUGIN_INVALID({ name, reason: 'its default export was not made by definePlugin()' });
  }
  return value;
}

function entryOf(manifest: PluginPackage): string {
  const { exports } = manifest;
  if (typeof exports === 'string') return exports;
  const root = (exports as Record<string, unknown> | undefined)?.['.'];
  if (typeof root === 'string') return root;
  const conditions = root as Record<string, string> | undefined;
  return conditions?.import ?? conditions?.default ?? manifest.main ?? 'index.js';
}

async function packageFolders(modules: string): Promise<string[]> {
  const folders: string[] = [];
  for (const name of await list(modules)) {
    if (!name.startsWith('@')) folders.push(join(modules, name));
    else for (const inner of await list(join(modules, name))) folders.push(join(modules, name, inner));
  }
  return folders;
}

async function list(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(ifMissing<string[]>([]));
  return names.filter((name) => !name.startsWith('.')).sort();
}

async function readPackage(directory: string): Promise<PluginPackage | undefined> {
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) ?? {}) as PluginPackage;
  } catch (cause) {
    throw pluginErrors.PLUGIN_INVALID({ name: directory, reason: 'its package.json is not JSON' }, { cause });
  }
}
