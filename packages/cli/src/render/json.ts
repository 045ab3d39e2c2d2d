import type { Renderer } from '../base-command.js';

/** One JSON object a line, as core emits them. */
export function jsonRenderer(): Renderer {
  return { emit: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`), end: () => undefined };
}
