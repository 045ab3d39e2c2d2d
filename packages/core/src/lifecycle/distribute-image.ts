/** Brings the rootfs of the cluster image to a host: missing blobs first, then unpacked beside the one in use. */
import { missingBlobs } from '../distribute/missing-blobs.js';
import {
  describeDifferences,
  dropDamagedBlobs,
  isMissing,
  type RootfsDifference,
  rootfsDifferences,
} from '../distribute/rootfs-differences.js';
import { unpackRootfs } from '../distribute/unpack-rootfs.js';
import { uploadBlob } from '../distribute/upload-blob.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedHost } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';

export function distributeImage(ctx: PlanContext, where: PlannedHost): StepDraft {
  const layers = ctx.image.config.rootfs;
  const digests = layers.map((layer) => layer.digest);
  const target = { cluster: ctx.cluster.name, imageDigest: ctx.image.digest };
  let found: readonly RootfsDifference[] = [];
  const total = layers.reduce((sum, layer) => sum + layer.size, 0);
  return ctx.step('Copy and unpack the image', {
    effects: [
      ...layers.map((layer) => `copy ${layer.digest} (${layer.size} bytes)`),
      `verify and unpack ${layers.length} layers to ${ctx.paths.rootfs}`,
    ],
    check: async (host, io) => {
      found = await rootfsDifferences(host, target, digests, ctx.verify ? 'contents' : 'marks', io.signal);
      return found.length === 0;
    },
    run: async (host, io) => {
      if (found.length > 0 && !isMissing(found)) {
        const what = describeDifferences(found);
        ctx.warn(`put back what differs from the image: ${what}; what runs from it goes on until started anew`, where);
      }
      if (found.some(({ what }) => what === 'blob damaged')) await dropDamagedBlobs(host, digests, io.signal);
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
      await unpackRootfs(host, target, layers.length, arrivals(), options);
    },
  });
}
