/** The image a cluster was installed from, also when it is gone from the store. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import type { PlannedImage } from '../plugin/planning.js';
import { keptImageConfig, readState } from './cluster-state.js';
import type { OperationOptions } from './session.js';

/** What was kept of it; for a cluster not known here, the image the Clusterfile names. @throws IMAGE_NOT_FOUND */
export async function installedImage(cluster: ClusterSpec, options: OperationOptions): Promise<PlannedImage> {
  const state = await readState(options.sealerHome, cluster.name);
  const kept = await keptImageConfig(options.sealerHome, cluster.name);
  return state && kept ? { ...state.image, config: kept } : await options.store.open(cluster.image);
}
