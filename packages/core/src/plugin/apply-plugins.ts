/** Checks plugins against the contract and lets each tap and provide. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import { SealerError } from '../errors/sealer-error.js';
import { schemaProblem } from '../text/schema-problem.js';
import { phases } from '../workflow/phases.js';
import { type Extensions, type Plugin, pluginApiVersion, pluginBrand, type SealerApi } from './contract.js';
import { ExtensionRegistry } from './extension-registry.js';
import { type HostTap, PhaseHooks, type SealerHooks, type TapOptions } from './phase-hooks.js';
import { pluginErrors } from './plugin-errors.js';

export interface PluginSet {
  hooks: PhaseHooks;
  extensions: Extensions;
  names: string[];
}

/** @throws PLUGIN_INVALID, PLUGIN_API_VERSION, PLUGIN_OPTIONS, PLUGIN_DUPLICATE, PLUGIN_FAILED */
export function applyPlugins(
  plugins: readonly Plugin[],
  options: Readonly<Record<string, Record<string, unknown>>> = {},
): PluginSet {
  const hooks = new PhaseHooks();
  const extensions: Extensions = {
    runtimes: new ExtensionRegistry('runtime'),
    containerRuntimes: new ExtensionRegistry('container runtime'),
    registries: new ExtensionRegistry('registry'),
    appTypes: new ExtensionRegistry('app type'),
    hookTypes: new ExtensionRegistry('hook type'),
  };
  const names: string[] = [];
  for (const plugin of plugins) {
    checkDefinition(plugin, names);
    const given = checkOptions(plugin, options[plugin.name] ?? {});
    try {
      plugin.apply(apiFor(plugin.name, hooks, extensions), given as never);
    } catch (cause) {
      if (SealerError.is(cause)) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw pluginErrors.PLUGIN_FAILED({ plugin: plugin.name, phase: 'apply()', reason }, { cause });
    }
    names.push(plugin.name);
  }
  return { hooks, extensions, names };
}

export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[pluginBrand] === true;
}

function checkDefinition(plugin: Plugin, names: readonly string[]): void {
  const name = String(plugin.name ?? '(unnamed)');
  if (!isPlugin(plugin)) throw pluginErrors.PLUGIN_INVALID({ name, reason: 'it was not made by definePlugin()' });
  if (plugin.apiVersion !== pluginApiVersion) {
    throw pluginErrors.PLUGIN_API_VERSION({ name, wants: plugin.apiVersion, offers: pluginApiVersion });
  }
  if (!/^[a-z0-9]+(-[a-z0-9]+)+$/.test(name)) {
    throw pluginErrors.PLUGIN_INVALID({ name, reason: 'its name is not of the form <kind>-<name>' });
  }
  if (typeof plugin.apply !== 'function') throw pluginErrors.PLUGIN_INVALID({ name, reason: 'it has no apply()' });
  if (names.includes(name)) throw pluginErrors.PLUGIN_DUPLICATE({ what: 'plugin', name, first: name, second: name });
}

function checkOptions(plugin: Plugin, options: Record<string, unknown>): Record<string, unknown> {
  const given = structuredClone(options);
  const schema = plugin.optionsSchema ?? { type: 'object', additionalProperties: false };
  const validate = validatorOf(plugin.name, schema);
  if (!validate(given)) {
    const problems = (validate.errors ?? []).map((problem) => {
      const extra = (problem.params as { additionalProperty?: string }).additionalProperty;
      return `${problem.instancePath || 'options'} ${schemaProblem(problem)}${extra ? ` ("${extra}")` : ''}`;
    });
    throw pluginErrors.PLUGIN_OPTIONS({ name: plugin.name, problems });
  }
  return given;
}

function validatorOf(name: string, schema: Record<string, unknown>) {
  try {
    return new Ajv2020({ allErrors: true, useDefaults: true, strict: false, verbose: true }).compile(schema);
  } catch (cause) {
    throw pluginErrors.PLUGIN_INVALID({ name, reason: `its optionsSchema: ${(cause as Error).message}` }, { cause });
  }
}

function apiFor(plugin: string, hooks: PhaseHooks, extensions: Extensions): SealerApi {
  const point = <T extends object>(registry: ExtensionRegistry<T>) => ({
    provide: (name: string, implementation: T) => registry.provideFor(plugin, name, implementation),
  });
  const byPhase: Record<string, unknown> = {};
  for (const phase of phases) {
    const key = phase.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    byPhase[key] = Object.freeze({
      tap: (name: string, fn: HostTap, options?: TapOptions) => hooks.tap(phase.name, plugin, name, fn, options),
    });
  }
  return Object.freeze({
    hooks: Object.freeze(byPhase) as unknown as SealerHooks,
    runtimes: point(extensions.runtimes),
    containerRuntimes: point(extensions.containerRuntimes),
    registries: point(extensions.registries),
    appTypes: point(extensions.appTypes),
    hookTypes: point(extensions.hookTypes),
  });
}
