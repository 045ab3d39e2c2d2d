/** What can be known without a host is said before one is reached: the addresses here answer to nobody. */
import { expect, test } from 'vitest';
import { parseClusterfile } from '../cluster/parse-clusterfile.js';
import type { SealerEvent } from '../events/events.js';
import type { ClusterImageConfig } from '../image/cluster-config.js';
import type { ImageStore } from '../store/store.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { openSession } from './session.js';

const text = (more: string) =>
  `apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: a}\nspec: {image: a, hosts: [{ips: [203.0.113.1], roles: [master]}]${more}`;
const plugin = (spec: string) =>
  `apiVersion: sealer.io/v1\nkind: Plugin\nmetadata: {name: a}\nspec: {data: x, ${spec}}\n`;

test.each<[string, string, Record<string, string>, string]>([
  ['an application that is not there', text(', appNames: [web]}\n'), {}, 'APP_UNKNOWN'],
  ['a type nobody provides', `${text('}\n')}---\n${plugin('type: ETCD, action: PreInit')}`, {}, 'CLUSTERFILE_INVALID'],
  [
    'a document of the image',
    text('}\n'),
    { 'plugins/a.yaml': plugin('type: SHELL, action: no') },
    'CLUSTERFILE_INVALID',
  ],
])('%s', async (_, clusterfile, documents, code) => {
  await using home = await temporaryDirectory();
  const config = { apps: [], launch: { apps: [], commands: [] }, env: {}, documents } as unknown as ClusterImageConfig;
  const events: SealerEvent[] = [];
  const options = {
    sealerHome: home.path,
    store: {} as ImageStore,
    plugins: [],
    emit: (event: SealerEvent) => void events.push(event),
    signal: AbortSignal.timeout(5000),
  };
  const image = { name: 'a', digest: `sha256:${'0'.repeat(64)}` as const, config };
  const started = performance.now();
  await expect(openSession('install', parseClusterfile(clusterfile, 'f'), image, options)).rejects.toMatchObject({
    code,
  });
  expect(performance.now() - started).toBeLessThan(2000);
});
