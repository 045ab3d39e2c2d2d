/** The build, loaded when it is asked for: commands that only look at images start without it. */
import type { BuildOptions, BuildResult } from './build-image.js';

export async function buildImage(options: BuildOptions): Promise<BuildResult> {
  return await (await import('./build-image.js')).buildImage(options);
}
