/**
 * Clusters on lab hosts for the stories: images built once a run, a Clusterfile, kubectl, the web page, host snapshots.
 * SEALER_TEST_KUBE is the folder that test/lab/kube/prepare.sh prints; it is asked when unset.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Lab } from './lab.js';
import { expectSuccess, type Sealer, sealerIn } from './sealer.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = process.env.SEALER_LAB_CACHE ?? join(homedir(), '.cache', 'sealer-lab');

/** Folder with Kubernetes' programs. */
export async function kubeFolder(): Promise<string> {
  if (process.env.SEALER_TEST_KUBE) return process.env.SEALER_TEST_KUBE;
  const { stdout } = await execa(join(root, 'test/lab/kube/prepare.sh'));
  process.env.SEALER_TEST_KUBE = stdout.trim().split('\n').at(-1) as string;
  return process.env.SEALER_TEST_KUBE;
}

/**
 * A SEALER_HOME with `kubernetes:v1.34.4` and `web-demo:1.0` in its store. Built anew by each story: with the build
 * cache of the lab's cache folder that takes a second.
 */
export async function clusterHome(): Promise<{ sealer: Sealer; remove(): Promise<void> }> {
  await kubeFolder();
  await mkdir(cache, { recursive: true });
  const home = await mkdtemp(join(cache, 'story-'));
  const sealer = sealerIn(home);
  expectSuccess(await sealer(['build', '-t', 'kubernetes:v1.34.4', join(root, 'catalog/kubernetes')]));
  expectSuccess(await sealer(['build', '-t', 'web-demo:1.0', join(root, 'catalog/web-demo')]));
  return { sealer, remove: async () => await rm(home, { recursive: true, force: true }) };
}

export interface ClusterfileOptions {
  name: string;
  image?: string;
  /** Name of the file, by default the cluster's. */
  file?: string;
  masters: readonly number[];
  nodes?: readonly number[];
  /** More lines of `spec`, indented by two. */
  spec?: string;
  /** More YAML documents. */
  documents?: readonly string[];
  /** In place of root with the lab's key. */
  ssh?: string;
}

/** The lab's hosts see the whole machine's disk: percentages of it mean nothing to them. */
const kubelet = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
`;

/** Writes a Clusterfile beside the home and gives its path. */
export async function writeClusterfile(lab: Lab, sealer: Sealer, options: ClusterfileOptions): Promise<string> {
  const row = (role: string, hosts: readonly number[]) =>
    hosts.map((host) => `  - {ips: [${lab.address(host)}], roles: [${role}]}\n`).join('');
  const text = `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: ${options.name}}
spec:
  image: ${options.image ?? 'web-demo:1.0'}
  ssh: ${options.ssh ?? `{user: root, pk: ${lab.keyFile}}`}
${options.spec ?? ''}  hosts:
${row('master', options.masters)}${row('node', options.nodes ?? [])}`;
  const path = join(sealer.home, `Clusterfile-${options.file ?? options.name}`);
  await writeFile(path, [text, kubelet, ...(options.documents ?? [])].join('---\n'));
  return path;
}

export interface Kubectl {
  (...words: string[]): Promise<string>;
  /** Waits until the web deployment is rolled out and two replicas have answered through the Service's DNS name. */
  page(): Promise<string[]>;
}

/** kubectl on this machine, with the kubeconfig sealer made. */
export async function kubectl(sealer: Sealer, cluster: string): Promise<Kubectl> {
  const program = join(await kubeFolder(), 'k8s', 'kubectl');
  const env = { ...process.env, KUBECONFIG: join(sealer.home, 'clusters', cluster, 'kubeconfig') };
  const call = async (...words: string[]) => {
    const { stdout } = await execa(program, [`--cache-dir=${join(sealer.home, 'kubectl')}`, ...words], {
      env,
      stripFinalNewline: false,
    });
    return stdout;
  };
  const page = async () => {
    await call('rollout', 'status', 'deployment/web', '--timeout=180s');
    const [pod] = (await call('get', 'pods', '-l', 'app=web', '-o', 'name')).trim().split('\n');
    const answers = new Set<string>();
    // kube-proxy follows a pod's readiness by a moment.
    for (let attempt = 0; answers.size < 2 && attempt < 120; attempt++) {
      const get = ['/usr/local/bin/web', 'get', 'http://web.default.svc.cluster.local/'];
      const answer = await call('exec', pod as string, '--', ...get).catch(() => undefined);
      if (answer?.startsWith('web-')) answers.add(answer.trim());
      else await sleep(500);
    }
    return [...answers];
  };
  return Object.assign(call, { page });
}

/** State of a host, one fact a line (host-snapshot.sh). */
export async function snapshot(lab: Lab, host: number): Promise<string[]> {
  const script = await readFile(join(root, 'test/support/host-snapshot.sh'), 'utf8');
  return (await lab.exec(host, ['bash', '-c', script])).trim().split('\n');
}

/** Fills a host with what looks like a cluster's and is not (lookalikes.sh). */
export async function plantLookalikes(lab: Lab, host: number, when: 'before' | 'late'): Promise<void> {
  const script = await readFile(join(root, 'test/support/lookalikes.sh'), 'utf8');
  await lab.exec(host, ['bash', '-c', script, 'lookalikes', when]);
}

/** Lines that are in one of them only, marked + and -. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}

/** Copies a folder of test/fixtures. */
export async function copyFixture(name: string, target: string): Promise<void> {
  await cp(join(root, 'test/fixtures', name), target, { recursive: true });
}
