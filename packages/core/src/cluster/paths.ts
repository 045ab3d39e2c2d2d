/** Where things lie. Paths on hosts are absolute and the same on every host. */
import { join } from 'node:path';

export interface ClusterPaths {
  /** Everything of this cluster on a host. */
  base: string;
  /** Link to the unpacked version in use. */
  rootfs: string;
  /** Record of what sealer placed on the host outside `base`. */
  ledger: string;
}

export const hostBlobs = '/var/lib/sealer/blobs/sha256';

export function clusterPaths(cluster: string): ClusterPaths {
  const base = `/var/lib/sealer/clusters/${cluster}`;
  return { base, rootfs: `${base}/rootfs`, ledger: `${base}/owned` };
}

/** Folder of a cluster on the operator's machine. */
export function clusterStateDirectory(sealerHome: string, cluster: string): string {
  return join(sealerHome, 'clusters', cluster);
}
