/** The image an operation is about to bring to hosts: pulled where it is missing, opened, and refused when the policy asks for signatures it lacks. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { presentImage } from '../registry/present-image.js';
import type { LoadedImage } from '../store/store.js';
import { requireTrusted } from '../trust/require-trusted.js';
import { trustSettings } from '../trust/trust-settings.js';
import type { OperationOptions } from './session.js';

/** No host is connected to before. @throws IMAGE_NOT_FOUND, IMAGE_NOT_CLUSTER, and the TRUST_ errors */
export async function openTrusted(cluster: ClusterSpec, options: OperationOptions): Promise<LoadedImage> {
  const { store, sealerHome, access, pull, signal, emit } = options;
  const settings = await trustSettings(sealerHome, cluster.trust, options.trust);
  await presentImage(store, cluster.image, { ...access, sealerHome, pull, trust: settings, signal, emit });
  const image = await store.open(cluster.image);
  await requireTrusted(store, image, settings, emit);
  return image;
}
