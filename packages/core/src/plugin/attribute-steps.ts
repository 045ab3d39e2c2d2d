/** Steps that a provided implementation plans carry the name of the plugin that provides it. */
import type { StepDraft } from '../workflow/step.js';

/** The same object, whose methods mark the drafts they return. */
export function attributeSteps<T extends object>(implementation: T, plugin: string): T {
  const mark = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mark);
    const draft = value as StepDraft | undefined;
    return draft?.draft === true && draft.plugin === undefined ? { ...draft, plugin } : value;
  };
  return new Proxy(implementation, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (...words: unknown[]) => mark(value.apply(target, words)) : value;
    },
  });
}
