/** The record of a cluster on the operator's machine: `$SEALER_HOME/clusters/<name>/state.json`. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterStateDirectory } from '../cluster/paths.js';
import { ifMissing } from '../errors/file-system-error.js';
import { checkClusterConfig } from '../image/check-cluster-config.js';
import type { ClusterImageConfig } from '../image/cluster-config.js';
import type { Digest } from '../image/descriptor.js';
import { lifecycleErrors } from '../lifecycle/lifecycle-errors.js';
import { writeOutput } from '../store/output-file.js';
import { readJson } from '../text/read-json.js';

export interface ClusterState {
  schemaVersion: 1;
  cluster: string;
  image: { name: string; digest: Digest };
  hosts: { address: string; roles: string[] }[];
  /** `changing` while a run is under way or after one that failed; `incomplete` when workers are missing. */
  status: 'changing' | 'incomplete' | 'installed';
  updatedAt: string;
}

export async function readState(sealerHome: string, cluster: string): Promise<ClusterState | undefined> {
  const text = await readFile(join(clusterStateDirectory(sealerHome, cluster), 'state.json'), 'utf8').catch(
    ifMissing(undefined),
  );
  if (text === undefined) return undefined;
  const path = join(clusterStateDirectory(sealerHome, cluster), 'state.json');
  const state = objectIn(text, path);
  const { schemaVersion, image, hosts, status } = state as Partial<ClusterState>;
  const isKnown = schemaVersion === 1 && typeof image?.digest === 'string' && typeof status === 'string';
  if (!isKnown || !Array.isArray(hosts) || !hosts.every((host) => Array.isArray(host?.roles)))
    throw lifecycleErrors.STATE_UNREADABLE({ path, reason: 'it is not what this sealer writes' });
  return state as unknown as ClusterState;
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
  if (text === undefined) return undefined;
  const path = join(clusterStateDirectory(sealerHome, cluster), 'image-config.json');
  objectIn(text, path);
  return checkClusterConfig(Buffer.from(text), path);
}

/** @throws STATE_UNREADABLE */
function objectIn(text: string, path: string): Record<string, unknown> {
  const { value, fault } = readJson(text);
  if (fault) {
    const { reason, ...place } = fault;
    throw lifecycleErrors.STATE_UNREADABLE({ path, reason }, { position: { file: path, ...place } });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw lifecycleErrors.STATE_UNREADABLE({ path, reason: 'it is not a JSON object' });
  return value as Record<string, unknown>;
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
