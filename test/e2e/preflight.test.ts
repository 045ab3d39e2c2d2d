/** Leftovers and settings that would let a cluster stall: each is made on a host, and `sealer plan` refuses or warns. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterHome, writeClusterfile } from '../support/cluster.js';
import { type Lab, startLab } from '../support/lab.js';
import type { Outcome, Sealer } from '../support/sealer.js';

let lab: Lab;
let sealer: Sealer;
let remove: () => Promise<void>;

beforeAll(async () => {
  lab = await startLab({ name: 'preflight', net: '10.77.118', hosts: 2 });
  ({ sealer, remove } = await clusterHome());
});

afterAll(async () => {
  await lab?.down();
  await remove?.();
});

interface Situation {
  make: string;
  undo: string;
  says: RegExp;
}

const proxy = 'http://me:secret@10.9.9.9:3128';

const refusedOnMaster: Situation[] = [
  {
    make: 'cp /etc/hosts /root/hosts; echo "10.9.9.9 sea.hub old" >> /etc/hosts; echo "10.9.9.8 apiserver.cluster.local # x" >> /etc/hosts',
    undo: 'cat /root/hosts > /etc/hosts',
    says: /\/etc\/hosts:\d+ says sea\.hub is 10\.9\.9\.9; it has to be .* \(take sea\.hub out of that line\)/,
  },
  { make: 'true', undo: 'true', says: /says apiserver\.cluster\.local is 10\.9\.9\.8/ },
  {
    make: 'mkdir -p /etc/cni/net.d; touch /etc/cni/net.d/10-calico.conflist /etc/cni/net.d/87-podman.conflist',
    undo: 'rm -r /etc/cni',
    says: /10-calico\.conflist comes before 10-flannel\.conflist/,
  },
  {
    make: 'cp /etc/resolv.conf /root/resolv; echo nameserver 127.0.0.1 > /etc/resolv.conf',
    undo: 'cat /root/resolv > /etc/resolv.conf',
    says: /\/etc\/resolv\.conf names 127\.0\.0\.1: .*resolvConf/,
  },
  {
    make: `echo HTTPS_PROXY=${proxy} >> /etc/environment; echo NO_PROXY=10.0.0.0/8,.cluster.local >> /etc/environment`,
    undo: 'sed -i /_PROXY/d /etc/environment',
    says: /the environment of commands .* puts the proxy http:\/\/10\.9\.9\.9:3128 before sea\.hub,/,
  },
  {
    make: `mkdir -p /etc/systemd/system/containerd.service.d; printf '[Service]\\nEnvironment="HTTPS_PROXY=${proxy}" "NO_PROXY=localhost,sea.hub"\\n' > /etc/systemd/system/containerd.service.d/proxy.conf`,
    undo: 'rm -r /etc/systemd/system/containerd.service.d',
    says: /containerd\.service\.d\/proxy\.conf puts the proxy .* before apiserver\.cluster\.local,10\./,
  },
  {
    make: 'mkdir -p /opt/cni/bin; mount -t tmpfs -o ro tmpfs /opt/cni/bin',
    undo: 'umount /opt/cni/bin; rm -r /opt/cni',
    says: /nothing can be written to \/opt\/cni\/bin: .* is read-only/,
  },
  {
    make: 'mkdir -p /var/lib/containerd; mount -t tmpfs -o noexec tmpfs /var/lib/containerd',
    undo: 'umount /var/lib/containerd; rmdir /var/lib/containerd',
    says: /programs cannot run from \/var\/lib\/containerd: .* is mounted with noexec/,
  },
  {
    make: 'mkdir -p /var/lib/rancher/k3s/server /var/lib/rancher/rke2',
    undo: 'rm -r /var/lib/rancher',
    says: /\/var\/lib\/rancher\/k3s is there: k3s/,
  },
  {
    make: 'systemd-run -q --unit=overlay --socket-property=ListenDatagram=8472 true',
    undo: 'systemctl stop overlay.socket',
    says: /UDP port 8472 is in use/,
  },
];

const refusedOnWorker: Situation[] = [
  {
    make: 'mkdir -p /var/lib/kubelet/pki; touch /usr/lib/systemd/system/kubelet.service',
    undo: 'rm -r /var/lib/kubelet /usr/lib/systemd/system/kubelet.service',
    says: /\/var\/lib\/kubelet is there: the state of a cluster/,
  },
  { make: 'true', undo: 'true', says: /kubelet\.service is there: the unit of a kubelet/ },
  {
    make: 'cp /etc/resolv.conf /root/resolv; : > /etc/resolv.conf',
    undo: 'cat /root/resolv > /etc/resolv.conf',
    says: /\/etc\/resolv\.conf names no DNS server/,
  },
  {
    make: 'cp /etc/nsswitch.conf /root/nsswitch; sed -i "s/^hosts:.*/hosts: dns/" /etc/nsswitch.conf',
    undo: 'cat /root/nsswitch > /etc/nsswitch.conf',
    says: /nsswitch\.conf does not ask \/etc\/hosts/,
  },
  {
    make: `systemctl set-environment https_proxy=${proxy}`,
    undo: 'systemctl unset-environment https_proxy',
    says: /the environment of services .* puts the proxy/,
  },
  {
    make: 'cp /etc/hosts /root/hosts; sed -i "s/localhost/here/g" /etc/hosts; echo "10.9.9.9 localhost" >> /etc/hosts',
    undo: 'cat /root/hosts > /etc/hosts',
    says: /\/etc\/hosts:\d+ says localhost is 10\.9\.9\.9/,
  },
];

const warnedOf: Situation[] = [
  {
    make: 'cp /etc/nsswitch.conf /root/nsswitch; sed -i "s/^hosts:.*/hosts: dns files/" /etc/nsswitch.conf',
    undo: 'cat /root/nsswitch > /etc/nsswitch.conf',
    says: /asks DNS before \/etc\/hosts/,
  },
  {
    make: 'mkdir -p /var/lib/kubelet; mount -t tmpfs tmpfs /var/lib/kubelet',
    undo: 'umount /var/lib/kubelet; rmdir /var/lib/kubelet',
    says: /\/var\/lib\/kubelet is in memory/,
  },
  {
    make: 'cp /etc/hosts /root/hosts; echo "10.9.9.7 $(hostname)" >> /etc/hosts',
    undo: 'cat /root/hosts > /etc/hosts',
    says: /its own name h2 is 10\.9\.9\.7/,
  },
  {
    make: 'mkdir -p /etc/ufw; echo ENABLED=yes > /etc/ufw/ufw.conf',
    undo: 'rm -r /etc/ufw',
    says: /a firewall is at work; whether it lets UDP port 8472/,
  },
  // Not of this family: what is left in peace.
  {
    make: `mkdir -p /etc/cni/net.d; touch /etc/cni/net.d/87-podman.conflist; mkdir -p /var/lib/etcd /etc/kubernetes/pki; touch /etc/kubernetes/pki/ca.crt; systemctl set-environment https_proxy=${proxy} no_proxy=10.0.0.0/8,.cluster.local,sea.hub`,
    undo: 'rm -r /etc/cni /var/lib/etcd /etc/kubernetes; systemctl unset-environment https_proxy no_proxy',
    says: /./,
  },
];

/** What `sealer plan` says where these were made on a host, which is put right afterwards. */
async function plan(host: number, situations: readonly Situation[]): Promise<Outcome> {
  const file = await writeClusterfile(lab, sealer, { name: 'preflight', masters: [1], nodes: [2] });
  for (const { make } of situations) await lab.exec(host, ['sh', '-ec', make]);
  const outcome = await sealer(['plan', '-f', file]);
  for (const { undo } of situations.toReversed()) await lab.exec(host, ['sh', '-ec', undo]);
  return outcome;
}

test('clean hosts pass, and nothing is said of them', async () => {
  const outcome = await plan(1, []);
  expect(outcome.stderr).not.toMatch(/HOST_UNFIT/);
  expect(outcome.code).toBe(0);
  expect(outcome.stdout + outcome.stderr).not.toMatch(/ is there|in memory|a firewall|nsswitch|own name/);
});

test.each([
  ['a master', 1, refusedOnMaster],
  ['a worker', 2, refusedOnWorker],
] as const)('%s with leftovers of all kinds is refused, each with what to do', async (_, host, situations) => {
  const outcome = await plan(host, situations);
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toContain('[HOST_UNFIT]');
  for (const { says } of situations) expect(outcome.stderr).toMatch(says);
  expect(outcome.stdout + outcome.stderr).not.toContain('secret');
  expect(outcome.stderr).not.toContain('podman');
});

test('what may go well is a warning', async () => {
  const outcome = await plan(2, warnedOf);
  expect(outcome.stderr).not.toMatch(/HOST_UNFIT/);
  expect(outcome.code).toBe(0);
  for (const { says } of warnedOf) expect(outcome.stdout + outcome.stderr).toMatch(says);
});
