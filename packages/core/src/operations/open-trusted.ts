/** The image an operation is about to bring to hosts: opened, and refused when the policy asks for signatures it lacks. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import type { LoadedImage } from '../store/store.js';
import { requireTrusted } from '../trust/require-trusted.js';
import { trustSettings } from '../trust/trust-settings.js';
import type { OperationOptions } from './session.js';

/** No host is connected to before. @throws IMAGE_NOT_FOUND, IMAGE_NOT_CLUSTER, and the TRUST_ errors */
export async function openTrusted(cluster: ClusterSpec, options: OperationOptions): Promise<LoadedImage> {
  const image = await options.store.open(cluster.image);
  const settings = await trustSettings(options.sealerHome, cluster.trust, options.trust);
  await requireTrusted(options.store, image, settings, options.emit);
  return image;
}
