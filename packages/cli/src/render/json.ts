import { type Renderer, silentRenderer } from './renderer.js';

/** One JSON object a line, as core emits them. */
export function jsonRenderer(): Renderer {
  return { ...silentRenderer, emit: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`) };
}
