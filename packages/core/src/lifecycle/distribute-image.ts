/** Brings the rootfs of the cluster image to a host: missing blobs first, then unpacked beside the one in use. */
import { missingBlobs } from '../distribute/missing-blobs.js';
import { rootfsHolds, unpackRootfs } from '../distribute/unpack-rootfs.js';
import { uploadBlob } from '../distribute/upload-blob.js';
import type { PlanContext } from '../plugin/context.js';
import type { StepDraft } from '../workflow/step.js';

export function distributeImage(ctx: PlanContext): StepDraft[] {
  const cluster = ctx.cluster.name;
  const imageDigest = ctx.image.digest;
  const layers = ctx.image.config.rootfs;
  const total = layers.reduce((sum, layer) => sum + layer.size, 0);
  return [
    ctx.step('Copy the image layers', {
      effects: layers.map((layer) => `copy ${layer.digest} (${layer.size} bytes)`),
      check: async (host) => {
        if (await rootfsHolds(host, { cluster, imageDigest })) return true;
        return (
          (
            await missingBlobs(
              host,
              layers.map((layer) => layer.digest),
            )
          ).length === 0
        );
      },
      run: async (host, io) => {
        const missing = new Set(
          await missingBlobs(
            host,
            layers.map((layer) => layer.digest),
          ),
        );
        let sent = layers.filter((layer) => !missing.has(layer.digest)).reduce((sum, layer) => sum + layer.size, 0);
        const onBytes = (bytes: number) => {
          sent += bytes;
          io.progress(sent, total, 'bytes');
        };
        for (const layer of layers) {
          if (missing.has(layer.digest)) await uploadBlob(host, io.store, layer, { signal: io.signal, onBytes });
        }
      },
    }),
    ctx.step('Unpack the image', {
      effects: [`verify and unpack ${layers.length} layers to ${ctx.paths.rootfs}`],
      check: (host) => rootfsHolds(host, { cluster, imageDigest }),
      run: (host, io) => unpackRootfs(host, { cluster, imageDigest, layers }, { signal: io.signal }),
    }),
  ];
}
