/** Named implementations of one extension point; each name once, and it is known who gave it. */
import { attributeSteps } from './attribute-steps.js';
import { pluginErrors } from './plugin-errors.js';

export class ExtensionRegistry<T extends object> {
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
    const entries = [...this.#entries.values()];
    const alone = new Set(entries.map(({ implementation }) => implementation)).size === 1;
    const entry = name === undefined ? (alone ? entries[0] : undefined) : this.#entries.get(name);
    if (entry) return attributeSteps(entry.implementation, entry.plugin);
    throw pluginErrors.PLUGIN_IMPLEMENTATION_MISSING({ kind: this.kind, name, known: this.names() });
  }

  names(): string[] {
    return [...this.#entries.keys()].sort();
  }
}
