/**
 * A value that must never be printed: password, token, key, kubeconfig. However it is turned into text
 * (template, JSON, util.inspect, an error message) it reads `***`; only `reveal()` gives it.
 * Every revealed text is also registered, so that `redact()` finds it in the output of other programs.
 */
import { inspect } from 'node:util';

const mask = '***';
const known = new Set<string>();

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    // Shorter values would mask ordinary words.
    if (value.length >= 4) known.add(value);
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [Symbol.toPrimitive](): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}

/** Replaces every secret this process knows, PEM private keys and credentials in URLs by `***`. */
export function redact(text: string): string {
  let result = text;
  for (const value of known) if (result.includes(value)) result = result.replaceAll(value, mask);
  return result
    .replace(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/g, mask)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+@/gi, `$1${mask}@`);
}
