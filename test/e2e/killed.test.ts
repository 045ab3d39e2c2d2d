/** sealer killed with kill -9 at its worst moments: the same command again reaches the end, and repeats nothing that was finished. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  clusterHome,
  difference,
  type Kubectl,
  kubectl,
  plantLookalikes,
  snapshot,
  writeClusterfile,
} from '../support/cluster.js';
import { type Lab, startLab } from '../support/lab.js';
import { expectSuccess, type Outcome, type Sealer } from '../support/sealer.js';
import { tellInOrder } from '../support/story.js';

tellInOrder();

let lab: Lab;
let sealer: Sealer;
let remove: () => Promise<void>;
let clusterfile: string;
let k: Kubectl;
let before: string[][];

beforeAll(async () => {
  lab = await startLab({ name: 'killed', net: '10.77.113', hosts: 2 });
  ({ sealer, remove } = await clusterHome());
  clusterfile = await writeClusterfile(lab, sealer, { name: 'killed', masters: [1], nodes: [2] });
  for (const host of [1, 2]) {
    await plantLookalikes(lab, host, 'before');
    // As in machine rooms without a way out.
    await lab.exec(host, ['ip', 'route', 'del', 'default']);
  }
  before = [await snapshot(lab, 1), await snapshot(lab, 2)];
});

afterAll(async () => {
  await lab?.down();
  await remove?.();
});

/** Runs until an event, then kill -9. */
async function killAt(words: string[], moment: (event: Record<string, unknown>) => boolean): Promise<Outcome> {
  let killed = false;
  const outcome = await sealer([...words, '--json'], {
    onEvent: (event, child) => {
      if (killed || !moment(event)) return;
      killed = true;
      child.kill('SIGKILL');
    },
  });
  if (!killed) throw new Error(`it ended by itself: ${JSON.stringify(outcome.events.slice(-3)).slice(0, 3000)}`);
  expect(outcome.code).toBe(137);
  return outcome;
}

const step = (event: Record<string, unknown>) => String(event.step ?? '');
/** Bytes sent to hosts, by step. */
function sent(outcome: Outcome): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const event of outcome.events)
    if (event.type === 'step-progress' && event.unit === 'bytes') bytes.set(step(event), Number(event.current));
  return bytes;
}
const started = (outcome: Outcome, title: RegExp) =>
  outcome.events.filter((event) => event.type === 'step-start' && title.test(step(event))).length;
const status = (outcome: Outcome, title: RegExp) =>
  outcome.events
    .filter((event) => event.type === 'step-end' && title.test(step(event)))
    .map((event) => String(event.status));

test('during the upload', async () => {
  await killAt(
    ['run', '-f', clusterfile],
    (event) => event.type === 'step-progress' && event.unit === 'bytes' && Number(event.current) > 40_000_000,
  );
});

test('during the unpacking; what had arrived whole is not sent again', async () => {
  const outcome = await killAt(
    ['run', '-f', clusterfile],
    (event) => event.type === 'step-output' && /^unpacked/.test(String(event.line)),
  );
  expect(started(outcome, /distribute/)).toBeGreaterThan(0);
});

test('during kubeadm init, which goes on by itself', async () => {
  const outcome = await killAt(
    ['run', '-f', clusterfile],
    (event) =>
      event.type === 'step-output' &&
      /initialise-the-control-plane/.test(step(event)) &&
      /\[certs\]/.test(String(event.line)),
  );
  // Blobs of the host that had begun to unpack had arrived whole.
  const most = Math.max(0, ...sent(outcome).values());
  expect(most).toBeLessThan(400_000_000);
});

test('during the join', async () => {
  const outcome = await killAt(
    ['run', '-f', clusterfile],
    (event) => event.type === 'step-start' && /join-worker.*\/join/.test(step(event)),
  );
  expect(status(outcome, /distribute.*(copy|unpack)/).every((one) => one === 'holds')).toBe(true);
  // The init that was cut off is brought to an end: waited for, or taken back and done again; never twice at once.
  expect(status(outcome, /initialise-the-control-plane/)).toHaveLength(1);
});

test('then the end is as if nothing had happened', async () => {
  const outcome = expectSuccess(await sealer(['run', '-f', clusterfile, '--json']));
  expect(status(outcome, /initialise-the-control-plane/)).toEqual(['holds']);
  k = await kubectl(sealer, 'killed');
  await k('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s');
  expect((await k('get', 'nodes', '-o', 'name')).trim().split('\n')).toHaveLength(2);
  expect(expectSuccess(await sealer(['apply', '-f', clusterfile])).stdout).toContain('no change');
  const left = await lab.exec(1, ['sh', '-c', 'find /var/lib/sealer -name "*.part*" -o -name ".new*" | head']);
  expect(left).toBe('');
});

test('nodes have the address of the Clusterfile, and their pods the network, on hosts without a default route', async () => {
  const addresses = await k(
    'get',
    'nodes',
    '-o',
    'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
  );
  expect(addresses).toBe(`${lab.address(1)} ${lab.address(2)}`);
  expect(await k.page()).toHaveLength(2);
});

test("during delete; then delete again leaves the hosts as they were, with all that was others' there", async () => {
  for (const host of [1, 2]) await plantLookalikes(lab, host, 'late');
  const late = [await snapshot(lab, 1), await snapshot(lab, 2)];
  await killAt(
    ['delete', '-a', '-y', '-c', 'killed'],
    (event) => event.type === 'step-start' && /reset-node/.test(step(event)),
  );
  expectSuccess(await sealer(['delete', '-a', '-y', '-c', 'killed']));
  for (const host of [1, 2]) {
    const changes = difference(before[host - 1]!, await snapshot(lab, host));
    // What came late is there, and nothing else has changed.
    for (const change of changes) expect(change).toMatch(/^\+ /);
    for (const change of changes) expect(late[host - 1]).toContain(change.slice(2));
    const lines = changes.map((change) => change.slice(2).replace(/ \d+( \d+)?$/, ''));
    expect(lines.filter((line) => !/feedfeedfeed12|office|netns|mount/.test(line))).toEqual([
      'file /etc/cni/net.d/87-podman-bridge.conflist',
      'file /opt/cni/bin/late-plugin',
      'file /var/lib/cni/networks/podman/10.88.0.6',
      'file /var/lib/cni/results/podman-another-id-eth0',
      'interface veth0a0b0c0d',
      'interface veth0d0c0b0a',
    ]);
    expect(lines.filter((line) => /^(chain|rule) .*(feedfeedfeed12|office)/.test(line))).toHaveLength(4);
    expect(lines).toContain('netns cni-22222222-aaaa-bbbb-cccc-222222222222');
  }
});
