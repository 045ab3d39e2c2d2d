/** The plugins of a run: those this package depends on, and those installed in sealer's home. */
import { expectPlugin, importPlugin, installedPlugins, type Plugin, pluginErrors } from '@sealer/core';

/**
 * @param own packages this one depends on
 * @param wanted package or plugin names a Clusterfile asks for
 * @throws PLUGIN_NOT_FOUND, PLUGIN_INVALID
 */
export async function loadPlugins(own: string[], sealerHome: string, wanted: readonly string[]): Promise<Plugin[]> {
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
