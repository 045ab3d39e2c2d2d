/** What goes wrong on site: each a clear error that names the host and what to do, and nothing half-done called done. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterHome, difference, snapshot, writeClusterfile } from '../support/cluster.js';
import { type Lab, startLab } from '../support/lab.js';
import { type Outcome, type Sealer, sealerIn } from '../support/sealer.js';

let lab: Lab;
let sealer: Sealer;
let remove: () => Promise<void>;
let before: string[][];

beforeAll(async () => {
  lab = await startLab({ name: 'faults', net: '10.77.114', hosts: 2 });
  ({ sealer, remove } = await clusterHome());
  before = [await snapshot(lab, 1), await snapshot(lab, 2)];
});

afterAll(async () => {
  await lab?.down();
  await remove?.();
});

const run = async (options: Partial<Parameters<typeof writeClusterfile>[2]> = {}, ...flags: string[]) => {
  const file = await writeClusterfile(lab, sealer, { name: 'faults', masters: [1], nodes: [2], ...options });
  return await sealer(['run', '-f', file, ...flags]);
};

function expectError(outcome: Outcome, code: string, ...parts: (string | RegExp)[]): void {
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toContain(`[${code}]`);
  expect(outcome.stderr).toContain('Try: ');
  for (const part of parts) expect(outcome.stderr).toMatch(part);
  expect(outcome.stdout).not.toContain('is ready');
}

describe('nothing begins', () => {
  test('with a wrong password', async () => {
    const outcome = await run({ ssh: '{user: root, passwd: env:STORY_PASSWORD}' }).catch((cause) => cause);
    expectError(outcome, 'CLUSTERFILE_INVALID', /STORY_PASSWORD/);
    const file = await writeClusterfile(lab, sealer, {
      name: 'faults',
      masters: [1],
      nodes: [2],
      ssh: '{user: root, passwd: env:STORY_PASSWORD}',
    });
    const wrong = await sealer(['run', '-f', file], { env: { STORY_PASSWORD: 'not-the-password' } });
    expectError(wrong, 'HOST_AUTH_FAILED', lab.address(1), lab.address(2));
    expect(wrong.stderr).not.toContain('not-the-password');
  });

  test('with a host key that has changed', async () => {
    const home = sealerIn(join(sealer.home, 'other-home'));
    await mkdir(home.home, { recursive: true });
    const other = (await readFile(`${lab.keyFile}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
    await writeFile(join(home.home, 'known_hosts'), `${lab.address(2)} ${other}\n`);
    const file = await writeClusterfile(lab, sealer, { name: 'faults', masters: [1], nodes: [2] });
    const outcome = await home(['exec', '-f', file, 'true']);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stdout + outcome.stderr).toMatch(new RegExp(`${lab.address(2)}`));
    expect(outcome.stdout + outcome.stderr).toMatch(/ssh key of host .* has changed/);
    expect(await readFile(join(home.home, 'known_hosts'), 'utf8')).toContain(other);
  });

  test('with a key that is not known, under --strict-host-keys', async () => {
    const home = sealerIn(join(sealer.home, 'strict-home'));
    const file = await writeClusterfile(lab, sealer, { name: 'faults', masters: [1], nodes: [2] });
    const outcome = await home(['exec', '-f', file, '--strict-host-keys', 'true']);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stdout + outcome.stderr).toMatch(/is not known/);
  });

  test('with mistakes in the Clusterfile, all of which are reported', async () => {
    const file = join(sealer.home, 'Clusterfile-bad');
    await writeFile(
      file,
      'apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: faults}\nspec:\n  imgae: web-demo:1.0\n  hosts:\n  - {ips: [10.0.0.300], roles: [master]}\n',
    );
    const outcome = await sealer(['run', '-f', file]);
    expectErrorCode(outcome, /imgae/, /did you mean image\?/, /10\.0\.0\.300/);
    expect(outcome.stderr).toMatch(/Clusterfile-bad:5:\d+/);
  });

  test('with networks that overlap', async () => {
    const overlapping =
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {podSubnet: 10.99.0.0/16}\n';
    const outcome = await run({ documents: [overlapping] });
    expectError(outcome, 'KUBEADM_NETWORKS_OVERLAP', /10\.99\.0\.0\/16/);
  });

  test('with a host that is down, which is named', async () => {
    await lab.crash(2);
    const outcome = await run();
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain(lab.address(2));
    expect(outcome.stderr).toMatch(/\[HOST_UNREACHABLE\]/);
    await lab.start(2);
  });

  test('with a port that is taken, or traces of another installation', async () => {
    await lab.exec(1, ['mkdir', '-p', '/var/lib/etcd/member']);
    const outcome = await run();
    expect(outcome.stderr).toMatch(/HOST_UNFIT/);
    expect(outcome.stderr).toContain('/var/lib/etcd/member');
    await lab.exec(1, ['rm', '-r', '/var/lib/etcd']);
  });

  test('with packets between hosts that are dropped', async () => {
    await lab.partition(2, 1);
    const outcome = await run();
    await lab.heal();
    expectError(
      outcome,
      'HOST_UNFIT',
      new RegExp(`${lab.address(2)} is not fit: .*it cannot reach ${lab.address(1)} port 6443`),
    );
    expect(outcome.stderr).toContain(`it cannot reach ${lab.address(2)} port 10250`);
  });

  test('and so the hosts are as they were', async () => {
    for (const host of [1, 2]) expect(difference(before[host - 1]!, await snapshot(lab, host))).toEqual([]);
  });
});

describe('a worker', () => {
  test('whose disk is too small is named, and nothing begins', async () => {
    await lab.limitedDir(2, '/var/lib/sealer', '600m');
    const outcome = await run();
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain(lab.address(2));
    expect(outcome.stderr).toMatch(/no room left|are free at/);
    await lab.unlimit(2, '/var/lib/sealer');
  });
});

describe('damage on the way', () => {
  test('a blob that is not what its digest says is not unpacked', async () => {
    const { stdout } = await sealer(['images', '--json']);
    expect(stdout).toContain('web-demo');
    const file = await writeClusterfile(lab, sealer, { name: 'damaged', masters: [1] });
    const inspected = await sealer(['inspect', 'web-demo:1.0', '--json']);
    const config = inspected.result.config ?? inspected.result;
    const layer = (config.rootfs as { digest: string; size: number }[]).at(-1)!;
    const path = join(sealer.home, 'store', 'blobs', 'sha256', layer.digest.slice(7));
    const good = await readFile(path);
    const bad = Buffer.from(good);
    bad[bad.length >> 1]! ^= 1;
    await writeFile(path, bad);
    try {
      const outcome = await sealer(['run', '-f', file]);
      expect(outcome.code).not.toBe(0);
      expect(outcome.stderr).toMatch(/BLOB_DAMAGED/);
      expect(outcome.stderr).toContain('in the image store');
      expect(outcome.stderr).toContain(layer.digest.slice(0, 19));
      expect(await lab.exec(1, ['sh', '-c', 'ls /var/lib/sealer/clusters/damaged/rootfs 2>/dev/null || true'])).toBe(
        '',
      );
    } finally {
      await writeFile(path, good);
    }
    await sealer(['delete', '-a', '-y', '-c', 'damaged']);
  });
});

function expectErrorCode(outcome: Outcome, ...parts: RegExp[]): void {
  expect(outcome.code).toBe(3);
  for (const part of parts) expect(outcome.stderr).toMatch(part);
}
