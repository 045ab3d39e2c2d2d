import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const pluginErrors = defineErrors({
  PLUGIN_NOT_FOUND: error<{ name: string; searched: readonly string[] }>({
    exitCode: ExitCode.plugin,
    about: 'A plugin that is asked for by name is in none of the places plugins are looked for.',
    message: ({ name, searched }) => `no plugin "${name}" found; looked in ${searched.join(', ')}`,
    hint: ({ name }) => `install it with: sealer plugins install ${name}`,
  }),
  PLUGIN_INVALID: error<{ name: string; reason: string }>({
    exitCode: ExitCode.plugin,
    about: 'A package that should be a plugin does not export what definePlugin() returns.',
    message: ({ name, reason }) => `"${name}" is no sealer plugin: ${reason}`,
    hint: 'its default export must be made by definePlugin() from @sealer/core',
  }),
  PLUGIN_API_VERSION: error<{ name: string; wants: unknown; offers: number }>({
    exitCode: ExitCode.plugin,
    about: 'A plugin was written for another version of the plugin contract.',
    message: ({ name, wants, offers }) =>
      `plugin "${name}" is written for plugin API version ${String(wants)}; this sealer offers ${offers}`,
    hint: 'install a version of the plugin that matches, or another sealer',
  }),
  PLUGIN_OPTIONS: error<{ name: string; problems: readonly string[] }>({
    exitCode: ExitCode.plugin,
    about: 'The options given to a plugin do not fit its optionsSchema.',
    message: ({ name, problems }) => `options of plugin "${name}": ${problems.join('; ')}`,
    hint: "correct them in the Clusterfile's spec.plugins",
  }),
  PLUGIN_DUPLICATE: error<{ what: string; name: string; first: string; second: string }>({
    exitCode: ExitCode.plugin,
    about: 'Two plugins claim the same name, implementation or tap.',
    message: ({ what, name, first, second }) => `${what} "${name}" is given by "${first}" and again by "${second}"`,
    hint: 'remove one of the two',
  }),
  PLUGIN_FAILED: error<{ plugin: string; phase: string; host?: string | undefined; reason: string }>({
    exitCode: ExitCode.plugin,
    about: "A plugin's own code threw while a run was planned.",
    message: ({ plugin, phase, host, reason }) =>
      `plugin "${plugin}" failed in ${phase}${host ? ` for host ${host}` : ''}: ${reason}`,
    hint: 'nothing was changed; report it to the author of the plugin, or remove the plugin',
  }),
  PLUGIN_INSTALL_FAILED: error<{ source: string; reason: string }>({
    exitCode: ExitCode.plugin,
    about: 'A plugin package could not be fetched or unpacked.',
    message: ({ source, reason }) => `plugin ${source} cannot be installed: ${reason}`,
    hint: 'nothing was changed; without network, give a folder or a .tgz made by npm pack',
  }),
  PLUGIN_IMPLEMENTATION_MISSING: error<{ kind: string; name: string | undefined; known: readonly string[] }>({
    exitCode: ExitCode.plugin,
    about: 'The cluster image or Clusterfile asks for a runtime, registry or app type that no loaded plugin provides.',
    message: ({ kind, name, known }) =>
      name === undefined
        ? `the image does not say which ${kind} it is for; there is ${known.length ? known.join(', ') : 'none'}`
        : `no plugin provides ${kind} "${name}"; there is ${known.length ? known.join(', ') : 'none'}`,
    hint: 'install the plugin that provides it (sealer plugins install), or correct the name',
  }),
});
