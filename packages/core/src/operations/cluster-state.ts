/** The record of a cluster on the operator's machine: `$SEALER_HOME/clusters/<name>/state.json`. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterStateDirectory } from '../cluster/paths.js';
import { ifMissing } from '../errors/file-system-error.js';
import type { ClusterImageConfig } from '../image/cluster-config.js';
import type { Digest } from '../image/descriptor.js';
import { writeOutput } from '../store/output-file.js';

export interface ClusterState {
  schemaVersion: 1;
  cluster: string;
  image: { name: string; digest: Digest };
  hosts: { address: string; roles: string[] }[];
  /** `changing` while a run is under way or after one that failed. */
  status: 'changing' | 'installed';
  updatedAt: string;
}

export async function readState(sealerHome: string, cluster: string): Promise<ClusterState | undefined> {
  const text = await readFile(join(clusterStateDirectory(sealerHome, cluster), 'state.json'), 'utf8').catch(
    ifMissing(undefined),
  );
  return text === undefined ? undefined : (JSON.parse(text) as ClusterState);
}

export async function writeState(
  sealerHome: string,
  state: Omit<ClusterState, 'schemaVersion' | 'updatedAt'>,
): Promise<void> {
  const full: ClusterState = { schemaVersion: 1, ...state, updatedAt: new Date().toISOString() };
  await replaceFile(
    clusterStateDirectory(sealerHome, state.cluster),
    'state.json',
    `${JSON.stringify(full, undefined, 2)}\n`,
  );
}

/** The image's config, kept so that the cluster can be removed when the image is gone from the store. */
export async function keepImageConfig(sealerHome: string, cluster: string, config: ClusterImageConfig): Promise<void> {
  await replaceFile(clusterStateDirectory(sealerHome, cluster), 'image-config.json', JSON.stringify(config));
}

export async function keptImageConfig(sealerHome: string, cluster: string): Promise<ClusterImageConfig | undefined> {
  const text = await readFile(join(clusterStateDirectory(sealerHome, cluster), 'image-config.json'), 'utf8').catch(
    ifMissing(undefined),
  );
  return text === undefined ? undefined : (JSON.parse(text) as ClusterImageConfig);
}

export async function keepClusterfile(sealerHome: string, cluster: string, text: string): Promise<void> {
  await replaceFile(clusterStateDirectory(sealerHome, cluster), 'Clusterfile', text);
}

export async function keptClusterfile(sealerHome: string, cluster: string): Promise<string | undefined> {
  return readFile(join(clusterStateDirectory(sealerHome, cluster), 'Clusterfile'), 'utf8').catch(ifMissing(undefined));
}

/** Names of the clusters recorded here. */
export async function knownClusters(sealerHome: string): Promise<string[]> {
  const names = await readdir(join(sealerHome, 'clusters')).catch(ifMissing<string[]>([]));
  const states = await Promise.all(names.map((name) => readState(sealerHome, name).catch(() => undefined)));
  return names.filter((_, index) => states[index]).sort();
}

async function replaceFile(directory: string, name: string, text: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeOutput(join(directory, name), text, { mode: 0o600 });
}
