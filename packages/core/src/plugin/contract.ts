/** The plugin contract, version 1. What a plugin package exports, and what it is given. */

import type { AppType, ContainerRuntime, HookType, Registry, Runtime } from './extension-points.js';
import type { ExtensionRegistry } from './extension-registry.js';
import type { SealerHooks } from './phase-hooks.js';

export const pluginApiVersion = 1;

/** Provides an implementation under a name; a name is given once. */
export interface ExtensionPoint<T> {
  provide(name: string, implementation: T): void;
}

/** What `apply` gets. It may tap and provide; it does no I/O. */
export interface SealerApi {
  readonly hooks: SealerHooks;
  readonly runtimes: ExtensionPoint<Runtime>;
  readonly containerRuntimes: ExtensionPoint<ContainerRuntime>;
  readonly registries: ExtensionPoint<Registry>;
  readonly appTypes: ExtensionPoint<AppType>;
  readonly hookTypes: ExtensionPoint<HookType>;
}

export interface Extensions {
  runtimes: ExtensionRegistry<Runtime>;
  containerRuntimes: ExtensionRegistry<ContainerRuntime>;
  registries: ExtensionRegistry<Registry>;
  appTypes: ExtensionRegistry<AppType>;
  hookTypes: ExtensionRegistry<HookType>;
}

export interface PluginDefinition<O = Record<string, unknown>> {
  /** `<kind>-<name>`, as in the package's name: runtime-kubeadm. */
  name: string;
  apiVersion: number;
  /** JSON Schema (2020-12) of the options; without it, a plugin takes none. */
  optionsSchema?: Record<string, unknown>;
  apply(sealer: SealerApi, options: O): void;
}

/** Registered, so that plugins made by another copy of this package are recognised. */
export const pluginBrand = Symbol.for('sealer.plugin');

export interface Plugin extends PluginDefinition<never> {
  readonly [pluginBrand]: true;
}
