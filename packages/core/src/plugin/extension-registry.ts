/** Named implementations of one extension point; each name once, and it is known who gave it. */
import { pluginErrors } from './plugin-errors.js';

export class ExtensionRegistry<T> {
  readonly #entries = new Map<string, { implementation: T; plugin: string }>();

  constructor(readonly kind: string) {}

  /** Called by the guarded API; `plugin` names the giver. */
  provideFor(plugin: string, name: string, implementation: T): void {
    const present = this.#entries.get(name);
    if (present) {
      throw pluginErrors.PLUGIN_DUPLICATE({ what: this.kind, name, first: present.plugin, second: plugin });
    }
    this.#entries.set(name, { implementation, plugin });
  }

  /** Without a name, the only one there is. @throws PLUGIN_IMPLEMENTATION_MISSING */
  get(name?: string): T {
    const implementations = new Set([...this.#entries.values()].map(({ implementation }) => implementation));
    const [only] = implementations;
    if (name === undefined && implementations.size === 1) return only as T;
    const entry = this.#entries.get(name ?? '');
    if (entry) return entry.implementation;
    throw pluginErrors.PLUGIN_IMPLEMENTATION_MISSING({ kind: this.kind, name, known: this.names() });
  }

  /** Name of the plugin behind an implementation. */
  providerOf(name: string): string | undefined {
    return this.#entries.get(name)?.plugin;
  }

  names(): string[] {
    return [...this.#entries.keys()].sort();
  }
}
