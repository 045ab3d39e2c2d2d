/** The plugins of a run: those this package depends on, and those installed in sealer's home. */
import { readFile } from 'node:fs/promises';
import { expectPlugin, importPlugin, installedPlugins, type Plugin, pluginErrors } from '@sealer/core';

/** @param wanted package or plugin names a Clusterfile asks for. @throws PLUGIN_NOT_FOUND, PLUGIN_INVALID */
export async function loadPlugins(sealerHome: string, wanted: readonly string[]): Promise<Plugin[]> {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const own = Object.keys(manifest.dependencies).filter((name) => name.startsWith('@sealer/plugin-'));
  const shipped = await Promise.all(
    own.map(async (name) => expectPlugin(name, ((await import(name)) as { default: unknown }).default)),
  );
  const installed = await installedPlugins(sealerHome);
  const others = await Promise.all(installed.map(importPlugin));
  const plugins = [...shipped, ...others];
  const names = new Set([
    ...plugins.map((plugin) => plugin.name),
    ...installed.map((plugin) => plugin.packageName),
    ...own,
  ]);
  for (const name of wanted) {
    if (!names.has(name))
      throw pluginErrors.PLUGIN_NOT_FOUND({
        name,
        searched: ['the plugins shipped with sealer', `${sealerHome}/plugins`],
      });
  }
  return plugins;
}
