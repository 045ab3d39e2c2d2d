/** `sealer plugins install`: a package into $SEALER_HOME/plugins, whole and checked, or not at all. */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileSystemErrorOfProgram } from '../errors/file-system-error.js';
import { SealerError } from '../errors/sealer-error.js';
import { saidBy } from '../program/program-errors.js';
import { runProgram } from '../program/run-program.js';
import { applyPlugins } from './apply-plugins.js';
import { type InstalledPlugin, importPlugin, installedPlugins } from './load-plugins.js';
import { pluginErrors } from './plugin-errors.js';

/**
 * @param source a folder, a .tgz of `npm pack`, or a name in the npm registry
 * @returns what is installed now; an older version of the same package is replaced
 * @throws PLUGIN_INVALID, PLUGIN_API_VERSION, PLUGIN_INSTALL_FAILED; then nothing was changed
 */
export async function installPlugin(
  sealerHome: string,
  source: string,
  signal?: AbortSignal,
): Promise<InstalledPlugin> {
  const root = join(sealerHome, 'plugins');
  await mkdir(root, { recursive: true });
  // Beside its later place, so that a rename is all that is left to do; a dot keeps it from being loaded.
  const work = await mkdtemp(join(root, '.installing-'));
  try {
    const directory = join(work, 'package');
    await fetchPackage(source, directory, work, signal);
    const installed = await describePackage(directory, source);
    await installDependencies(directory, source, signal);
    // What it needs to be told is only known when it runs.
    const plugin = await importPlugin(installed);
    applyPlugins([{ ...plugin, optionsSchema: { type: 'object' }, apply: () => undefined }]);
    const target = join(root, folderName(installed.packageName));
    const old = join(work, 'old');
    const replaced = await rename(target, old).then(
      () => true,
      () => false,
    );
    await rename(directory, target).catch(async (cause) => {
      if (replaced) await rename(old, target);
      throw cause;
    });
    return { ...installed, directory: target };
  } catch (cause) {
    // What tar and npm say of a full disk.
    const refused = SealerError.is(cause) && cause.code === 'PLUGIN_INSTALL_FAILED' && cause.message;
    throw (refused && fileSystemErrorOfProgram(refused, root)) || cause;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @throws PLUGIN_NOT_FOUND */
export async function removePlugin(sealerHome: string, name: string): Promise<InstalledPlugin> {
  const installed = await installedPlugins(sealerHome);
  const found = installed.find(({ packageName }) => packageName === name);
  if (!found) throw pluginErrors.PLUGIN_NOT_FOUND({ name, searched: [join(sealerHome, 'plugins')] });
  await rm(found.directory, { recursive: true });
  return found;
}

async function fetchPackage(source: string, target: string, work: string, signal?: AbortSignal): Promise<void> {
  const failed = (reason: string) => pluginErrors.PLUGIN_INSTALL_FAILED({ source, reason });
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory()) {
    // Its own dependencies come along; those of development do too, and do no harm.
    await cp(resolve(source), target, { recursive: true, dereference: false });
    return;
  }
  let archive = resolve(source);
  if (!found) {
    if (/^[./]|\.tgz$/.test(source)) throw failed('there is no such file or folder');
    const packed = await runProgram(['npm', 'pack', '--silent', source], { cwd: work, signal }).catch((cause) => {
      signal?.throwIfAborted();
      throw failed(`npm could not fetch it: ${lastLine(saidBy(cause))}`);
    });
    archive = join(work, lastLine(packed));
  }
  await mkdir(target);
  // Archives of npm hold one folder, by whatever name.
  const argv = ['tar', '-xzf', archive, '-C', target, '--strip-components=1', '--no-same-owner'];
  await runProgram(argv, { signal }).catch((cause) => {
    signal?.throwIfAborted();
    throw failed(`the archive cannot be read: ${lastLine(saidBy(cause))}`);
  });
}

async function describePackage(directory: string, source: string): Promise<InstalledPlugin> {
  const invalid = (reason: string) => pluginErrors.PLUGIN_INVALID({ name: source, reason });
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => {
    throw invalid('it has no package.json');
  });
  let manifest: { name?: unknown; version?: unknown; type?: unknown; sealer?: { plugin?: unknown } };
  try {
    manifest = (JSON.parse(text) ?? {}) as typeof manifest;
  } catch {
    throw invalid('its package.json is not JSON');
  }
  const { name, version, type, sealer } = manifest;
  if (typeof name !== 'string' || !/^(@[\w.-]+\/)?[\w.-]+$/.test(name)) throw invalid('its package.json has no name');
  if (type !== 'module') throw invalid('its package.json does not say "type": "module"');
  if (sealer?.plugin !== true) throw invalid('its package.json does not say "sealer": {"plugin": true}');
  return { packageName: name, version: typeof version === 'string' ? version : '0.0.0', directory };
}

/** Packages without dependencies, or that bring them along, need no network. */
async function installDependencies(directory: string, source: string, signal?: AbortSignal): Promise<void> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  const wanted = Object.keys(manifest.dependencies ?? {}).filter((name) => name !== '@sealer/core');
  const there = await readdir(join(directory, 'node_modules')).catch(() => [] as string[]);
  if (wanted.every((name) => there.includes(name.split('/')[0] as string))) return;
  const argv = [
    'npm',
    'install',
    '--omit=dev',
    '--omit=peer',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
  ];
  await runProgram(argv, { cwd: directory, signal }).catch((cause) => {
    signal?.throwIfAborted();
    const reason = `npm could not install its dependencies: ${lastLine(saidBy(cause))}`;
    throw pluginErrors.PLUGIN_INSTALL_FAILED({ source, reason });
  });
}

function folderName(packageName: string): string {
  return packageName.replace('/', '+');
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
