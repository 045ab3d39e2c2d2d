/** The image a cluster was installed from, also when it is gone from the store. */
import type { ClusterSpec } from '../cluster/cluster-spec.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Host } from '../host/host.js';
import { parseReference } from '../image/reference.js';
import { readImageRecord } from '../lifecycle/image-record.js';
import type { PlannedImage } from '../plugin/planning.js';
import type { LoadedImage } from '../store/store.js';
import { keptImageConfig, readState } from './cluster-state.js';
import { openTrusted } from './open-trusted.js';
import type { OperationOptions } from './session.js';

/**
 * What was kept of it here; else what a host of the cluster has kept; else the image the Clusterfile names, when it is
 * in the store. @throws IMAGE_NOT_FOUND
 */
export async function installedImage(
  cluster: ClusterSpec,
  hosts: ReadonlyMap<string, Host>,
  options: OperationOptions,
): Promise<PlannedImage> {
  const kept = await keptImage(cluster.name, options.sealerHome);
  if (kept) return kept;
  const masters = cluster.hosts.filter(({ roles }) => roles.includes('master'));
  const asked = masters.flatMap(({ address }) => hosts.get(address) ?? []);
  return (await readImageRecord(asked, cluster.name)) ?? (await options.store.open(cluster.image));
}

/** For looking only: what is asked for, or, when it has left the store, what is installed under the same name. */
export async function openOrKept(cluster: ClusterSpec, options: OperationOptions): Promise<LoadedImage | PlannedImage> {
  try {
    return await openTrusted(cluster, options);
  } catch (cause) {
    if (!SealerError.is(cause) || cause.code !== 'IMAGE_NOT_FOUND') throw cause;
    const kept = await keptImage(cluster.name, options.sealerHome);
    if (kept?.name !== parseReference(cluster.image).toString()) throw cause;
    return kept;
  }
}

async function keptImage(cluster: string, sealerHome: string): Promise<PlannedImage | undefined> {
  const [state, config] = await Promise.all([readState(sealerHome, cluster), keptImageConfig(sealerHome, cluster)]);
  return state && config ? { ...state.image, config } : undefined;
}
