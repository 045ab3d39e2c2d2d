/** Brings the rootfs of the cluster image to a host: missing blobs first, then unpacked beside the one in use. */
import { missingBlobs } from '../distribute/missing-blobs.js';
import { rootfsHolds, unpackRootfs } from '../distribute/unpack-rootfs.js';
import { uploadBlob } from '../distribute/upload-blob.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { StepDraft } from '../workflow/step.js';

export function distributeImage(ctx: PlanContext): StepDraft {
  const cluster = ctx.cluster.name;
  const imageDigest = ctx.image.digest;
  const layers = ctx.image.config.rootfs;
  const total = layers.reduce((sum, layer) => sum + layer.size, 0);
  return ctx.step('Copy and unpack the image', {
    effects: [
      ...layers.map((layer) => `copy ${layer.digest} (${layer.size} bytes)`),
      `verify and unpack ${layers.length} layers to ${ctx.paths.rootfs}`,
    ],
    check: (host) => rootfsHolds(host, { cluster, imageDigest }),
    run: async (host, io) => {
      const digests = layers.map((layer) => layer.digest);
      const missing = new Set(await missingBlobs(host, digests));
      let sent = 0;
      const onBytes = (bytes: number) => {
        sent += bytes;
        io.progress(sent, total, 'bytes');
      };
      // A layer is unpacked while the next one is on its way.
      const arrivals = async function* () {
        for (const layer of layers) {
          if (missing.has(layer.digest)) await uploadBlob(host, io.store, layer, { signal: io.signal, onBytes });
          else onBytes(layer.size);
          yield layer.digest;
        }
      };
      const options = { signal: io.signal, onLine: io.log };
      await unpackRootfs(host, { cluster, imageDigest }, layers.length, arrivals(), options);
    },
  });
}
