import { type Plugin, type PluginDefinition, pluginBrand } from './contract.js';

/**
 * Makes a plugin out of its definition. The result is the package's default export.
 * @example
 * export default definePlugin({
 *   name: 'hook-greeting',
 *   apiVersion: 1,
 *   apply(sealer) {
 *     sealer.hooks.postInitHost.tap('hook-greeting', (ctx, host) =>
 *       ctx.step('Say hello', { key: 1, run: async (h) => void (await h.run(['logger', `hello ${host.nodeName}`])) }));
 *   },
 * });
 */
export function definePlugin<O = Record<string, never>>(definition: PluginDefinition<O>): Plugin {
  return Object.freeze({ ...definition, [pluginBrand]: true }) as unknown as Plugin;
}
