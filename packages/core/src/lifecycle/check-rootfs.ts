/** Before anything is changed: has the image the files that the chosen plugins work with? */
import type { PlanContext } from '../plugin/extension-points.js';
import { lifecycleErrors } from './lifecycle-errors.js';

/** Only images of another form have a list of files; ours are built for these plugins. @throws IMAGE_ROOTFS_UNFIT */
export function checkRootfs(ctx: PlanContext): void {
  const { files, name } = ctx.image;
  if (!files || ctx.operation !== 'install') return;
  const present = new Set(files);
  const missing = [
    ...(ctx.runtime.rootfsFiles?.(ctx) ?? []),
    ...(ctx.runtime.embedsContainerRuntime ? [] : (ctx.containerRuntime.rootfsFiles?.(ctx) ?? [])),
    ...(ctx.registry.rootfsFiles?.(ctx) ?? []),
  ].filter((file) => !present.has(file));
  if (missing.length === 0) return;
  throw lifecycleErrors.IMAGE_ROOTFS_UNFIT({ image: name, missing, archives: files.filter(isPacked) });
}

/** Go sealer's images often hold the container runtime packed, for a script to unpack on the host. */
function isPacked(file: string): boolean {
  return /^cri\/.+\.(tar|tar\.gz|tgz)$/.test(file);
}
