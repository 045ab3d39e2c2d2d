import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterFromFlags } from '../cluster/cluster-from-flags.js';
import { imageErrors } from '../image/image-errors.js';
import { keepImageRecord } from '../lifecycle/image-record.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { ImageStore } from '../store/store.js';
import { type FakeHost, fakeHost } from '../testing/fake-host.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { installedImage } from './installed-image.js';
import type { OperationOptions } from './session.js';

const digest = `sha256:${'a'.repeat(64)}` as const;
const config = (comment: string) => ({
  schemaVersion: 1 as const,
  type: 'kube-installer' as const,
  architecture: 'amd64',
  os: 'linux',
  labels: { comment },
  env: {},
  apps: [],
  launch: { apps: [], commands: [] },
  cni: [],
  csi: [],
  rootfs: [],
  bundle: [],
  documents: {},
});
const cluster = clusterFromFlags({ name: 'shop', image: 'shop:1', masters: '10.0.0.1,10.0.0.2', nodes: '10.0.0.3' });
const path = '/var/lib/sealer/clusters/shop/image.json';
const gone = async () => {
  throw imageErrors.IMAGE_NOT_FOUND({ reference: 'shop:1', similar: [] });
};

async function installed(home: string, hosts: FakeHost[], open: () => Promise<unknown> = gone) {
  const options = { sealerHome: home, store: { open } as unknown as ImageStore } as OperationOptions;
  const found = await installedImage(cluster, new Map(hosts.map((host) => [host.name, host])), options);
  return found.config.labels.comment;
}

/** The record as the step of an install leaves it. */
async function recorded(): Promise<string> {
  const host = fakeHost();
  const image = { name: 'shop:1', digest, config: config('of the host') };
  const step = (_title: string, spec: object) => spec;
  const draft = keepImageRecord({ image, cluster: { name: 'shop' }, step } as unknown as PlanContext);
  await draft.run(host, {} as never);
  return host.files.get(path) ?? '';
}

test('the config of an installed image comes from this machine, else from a master, else from the store', async () => {
  await using home = await temporaryDirectory();
  const record = await recorded();
  const at = (name: string, text?: string) => fakeHost({ name, files: text === undefined ? {} : { [path]: text } });
  const store = async () => ({ name: 'shop:1', digest, config: config('of the store') });
  await expect(installed(home.path, [at('10.0.0.1')])).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  expect(await installed(home.path, [at('10.0.0.1')], store)).toBe('of the store');
  expect(await installed(home.path, [at('10.0.0.1', record)], store)).toBe('of the host');
  // One that is cut off or not ours counts for nothing, and neither does a worker's.
  const other = [at('10.0.0.1', record.slice(0, 200)), at('10.0.0.2', record)];
  expect(await installed(home.path, other)).toBe('of the host');
  await expect(installed(home.path, [at('10.0.0.1', '{"name":1}'), at('10.0.0.3', record)])).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
  });
  const folder = join(home.path, 'clusters', 'shop');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'image-config.json'), JSON.stringify(config('kept here')));
  const image = { name: 'shop:1', digest };
  const state = { schemaVersion: 1, cluster: 'shop', image, hosts: [], status: 'installed' };
  await writeFile(join(folder, 'state.json'), JSON.stringify(state));
  expect(await installed(home.path, [at('10.0.0.1', record)], store)).toBe('kept here');
});
