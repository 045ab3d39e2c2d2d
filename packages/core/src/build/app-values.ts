/** Values files that APPVALUES gives to a chart: where they lie in the image, and on this machine while it is built. */
import { posix } from 'node:path';
import type { BuildState } from './build-state.js';

/** @param number from 1. The name is kept as far as a shell may see it. */
export function valuesPath(app: string, number: number, name: string): string {
  return `application/values/${app}/${number}-${posix.basename(name).replace(/[^\w.-]/g, '_')}`;
}

/** By application; files that an image before this one brought are not on this machine. */
export function appValues(state: BuildState): { files: Record<string, string[]>; elsewhere: string[] } {
  const files: Record<string, string[]> = {};
  const elsewhere: string[] = [];
  for (const { name, values = [] } of state.apps) {
    const sources = values.map((path) => state.files.findLast((file) => file.path === path)?.source);
    files[name] = sources.filter((source) => source !== undefined);
    const isHere = state.files.some(({ path }) => path.startsWith(`application/apps/${name}/`));
    if (files[name].length > 0 && !isHere) elsewhere.push(name);
  }
  return { files, elsewhere };
}
