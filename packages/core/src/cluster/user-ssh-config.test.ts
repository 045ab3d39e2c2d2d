import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { clusterFromFlags } from './cluster-from-flags.js';
import { parseClusterfile } from './parse-clusterfile.js';

afterEach(() => vi.unstubAllEnvs());

test('fills what Clusterfile and flags leave open', async () => {
  await using home = await temporaryDirectory();
  vi.stubEnv('HOME', home.path);
  await mkdir(join(home.path, '.ssh'));
  await writeFile(
    join(home.path, '.ssh', 'config'),
    'Host 10.0.0.1\n  User ops\n  Port 2200\n  IdentityFile ~/.ssh/special\nHost 10.0.0.2\n  ProxyJump jump@10.9.9.9:2022\nHost 10.9.9.9\n  IdentityFile /keys/jump\n',
  );
  const flags = { image: 'a', masters: '10.0.0.1', nodes: '10.0.0.2,10.0.0.3' };
  const [one, two, three] = clusterFromFlags(flags).hosts.map(({ ssh }) => ssh);
  expect(one).toMatchObject({ user: 'ops', port: 2200, privateKey: join(home.path, '.ssh/special') });
  expect(two).toMatchObject({
    user: 'root',
    port: 22,
    bastion: { address: '10.9.9.9', user: 'jump', port: 2022, privateKey: '/keys/jump' },
  });
  expect(three).toEqual({ user: 'root', port: 22 });
  expect(clusterFromFlags({ ...flags, user: 'flag', port: 1 }).hosts[0]?.ssh).toMatchObject({ user: 'flag', port: 1 });
  const file = `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: a}
spec: {image: a, ssh: {user: file}, hosts: [{ips: [10.0.0.1], roles: [master]}]}
`;
  expect(parseClusterfile(file, 'f').hosts[0]?.ssh).toMatchObject({ user: 'file', port: 2200 });
});

test('a jump that is not understood is an error with its place', async () => {
  await using home = await temporaryDirectory();
  vi.stubEnv('HOME', home.path);
  await mkdir(join(home.path, '.ssh'));
  await writeFile(join(home.path, '.ssh', 'config'), 'Host *\n  ProxyJump a,b\n');
  expect(() => clusterFromFlags({ image: 'a', masters: '10.0.0.1' })).toThrow(
    expect.objectContaining({
      code: 'CLUSTERFILE_INVALID',
      errors: [expect.objectContaining({ message: expect.stringMatching(/ProxyJump a,b/) })],
    }),
  );
});
