/** A cluster from an image in Go sealer's form: buildah's layers of the catalog's rootfs, registry data inside. Tests build on each other. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { difference, type Kubectl, kubectl, kubeFolder, snapshot, writeClusterfile } from '../support/cluster.js';
import { buildGoSealerImage } from '../support/go-sealer-image.js';
import { type Lab, startLab } from '../support/lab.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';
import { tellInOrder } from '../support/story.js';

tellInOrder();

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = process.env.SEALER_LAB_CACHE ?? join(homedir(), '.cache', 'sealer-lab');
const image = 'localhost/go-kubernetes:v1.34.4';
const hosts = [1, 2];
let folder: string;
let lab: Lab;
let sealer: Sealer;
let archive: string;
let clusterfile: string;
let before: string[][];
let k: Kubectl;

/** As images of Go sealer have it: an old version of the format, everything from the cluster's registry. */
const kubeadmYaml = `apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
imageRepository: sea.hub:5000
dns: {imageRepository: sea.hub:5000/coredns}
apiServer: {extraArgs: {event-ttl: 30m}}
`;

const web = (name: string, container: string) => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 2
      containers:
        - {name: web, image: '${container}', ports: [{containerPort: 8080}], readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}}
`;

/** The catalog's rootfs, and applications where Go sealer puts them. */
async function makeRootfs(rootfs: string): Promise<void> {
  const catalog = join(root, 'catalog/kubernetes');
  const copy = (source: string, target: string) => cp(join(catalog, source), join(rootfs, target), { recursive: true });
  await copy('context/amd64/bin', 'bin');
  await copy('context/amd64/cni', 'cni/bin');
  await copy('etc', 'etc');
  await copy('network', 'network');
  const files: Record<string, string> = {
    'etc/kubeadm.yml': kubeadmYaml,
    'scripts/init-kube.sh': 'echo this is for Go sealer >&2; exit 1\n',
    'application/apps/web/web.yaml': web('web', 'docker.io/library/web:1'),
    'application/apps/web/own.yaml': web('own', 'sea.hub:5000/library/web:1'),
    'application/apps/words/of-no-kind': '',
    'application/apps/note/note.sh':
      'kubectl create configmap note --from-literal=site="$Site" --from-literal=kubeadm="$(head -c 10 etc/kubeadm.yml)"\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(rootfs, path, '..'), { recursive: true });
    await writeFile(join(rootfs, path), text);
  }
}

async function containerImages(kube: string) {
  const index = JSON.parse(await readFile(join(kube, 'images', 'index.json'), 'utf8'));
  return (index.manifests as { annotations: Record<string, string> }[]).map(({ annotations }) => {
    const name = annotations['org.opencontainers.image.ref.name'] as string;
    return { image: name, source: `oci:${join(kube, 'images')}:${name}` };
  });
}

/** The most resident memory a process has had when it was last seen, in MB. */
async function peakMemory(pid: number): Promise<number> {
  let peak = 0;
  for (;;) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const seen = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (seen === undefined) return peak;
    peak = Number(seen) / 1024;
    await sleep(100);
  }
}

beforeAll(async () => {
  const kube = await kubeFolder();
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'story-'));
  sealer = sealerIn(join(folder, 'home'));
  await mkdir(sealer.home);
  const rootfs = join(folder, 'rootfs');
  await makeRootfs(rootfs);
  await using built = await buildGoSealerImage({
    name: image,
    work: join(folder, 'buildah'),
    rootfs,
    lines: [
      'COPY bin bin',
      'COPY cni cni',
      'COPY etc etc',
      'COPY network network',
      'COPY scripts scripts',
      'COPY application application',
    ],
    containerImages: await containerImages(kube),
    extension: {
      type: 'kube-installer',
      env: { Site: 'lab' },
      applications: [
        { name: 'web', type: 'kube', files: ['own.yaml', 'web.yaml'], version: 'v1' },
        { name: 'note', type: 'shell', files: ['note.sh'], version: 'v1' },
        {
          name: 'words',
          version: 'v1',
          cmds: ['kubectl', 'create', 'namespace', '$Name'],
          env: { Name: 'from-words' },
        },
      ],
      launch: { app_names: ['web', 'note', 'words'] },
    },
    labels: {
      'cluster.alpha.sealer.io/cluster-runtime-type': 'kubernetes',
      'cluster.alpha.sealer.io/cluster-runtime-version': 'v1.34.4',
      'cluster.alpha.sealer.io/container-runtime-type': 'containerd',
    },
  });
  await rm(rootfs, { recursive: true });
  archive = join(folder, 'image.tar');
  await built.saveOciArchive(archive);
  lab = await startLab({ name: 'gosealer', net: '10.77.117', hosts: hosts.length });
  clusterfile = await writeClusterfile(lab, sealer, { name: 'go', image, masters: [1], nodes: [2] });
  before = await Promise.all(hosts.map((host) => snapshot(lab, host)));
});

afterAll(async () => {
  await lab?.down();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('load takes the archive apart in bounded memory', async () => {
  expect((await stat(archive)).size).toBeGreaterThan(300_000_000);
  const running = sealer(['load', '-i', archive, '--json']);
  const peak = peakMemory(running.child.pid as number);
  expect(expectSuccess(await running).result).toMatchObject([{ name: image }]);
  expect(await peak).toBeLessThan(300);
  const seen = expectSuccess(await sealer(['inspect', image, '--json'])).result;
  expect(seen.config.runtime).toEqual({ type: 'kubernetes', version: 'v1.34.4' });
  // Each under the name of the list, and under the one of Go sealer's registry.
  expect(seen.bundle).toHaveLength(18);
});

test.each([
  ['whose container runtime is packed for a script', {}, 'IMAGE_ROOTFS_UNFIT', /bin\/containerd.*cri\/docker\.tar\.gz/],
  ['that asks for docker', { 'cluster.alpha.sealer.io/container-runtime-type': 'docker' }, 'PLUGIN_', /docker/],
])('an image %s is refused before anything is changed', async (_title, labels, code, reason) => {
  const work = join(folder, 'other');
  const rootfs = join(work, 'rootfs');
  for (const path of ['bin/kubeadm', 'bin/kubelet', 'cri/docker.tar.gz', 'scripts/docker.sh']) {
    await mkdir(join(rootfs, path, '..'), { recursive: true });
    await writeFile(join(rootfs, path), '');
  }
  const name = 'localhost/other:v1.22.15';
  const extension = { type: 'kube-installer' };
  await using built = await buildGoSealerImage({ name, work, rootfs, containerImages: [], extension, labels });
  await built.saveOciArchive(join(work, 'other.tar'));
  expectSuccess(await sealer(['load', '-i', join(work, 'other.tar')]));
  const options = { name: 'other', image: name, masters: [1] };
  const refused = await sealer(['run', '-f', await writeClusterfile(lab, sealer, options)]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain(code);
  expect(refused.stderr).toMatch(reason);
  expect(difference(before[0]!, await snapshot(lab, 1))).toEqual([]);
  expectSuccess(await sealer(['rmi', name]));
});

test('run makes a cluster of it; pods start under both names of their image', async () => {
  expectSuccess(await sealer(['run', '-f', clusterfile]));
  k = await kubectl(sealer, 'go');
  await k('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s');
  for (const name of ['web', 'own']) {
    await k('rollout', 'status', `deployment/${name}`, '--timeout=180s');
    const get = ['/usr/local/bin/web', 'get', `http://${name}.default.svc.cluster.local/`];
    await expect
      .poll(() => k('exec', 'deployment/web', '--', ...get).catch(() => ''), { timeout: 60_000 })
      .toMatch(new RegExp(`^${name}-`));
  }
  const pods = await k('get', 'pods', '-n', 'kube-system', '-o', 'jsonpath={.items[*].spec.containers[*].image}');
  expect(pods).toContain('sea.hub:5000/kube-apiserver:v1.34.4');
  expect(pods).toContain('sea.hub:5000/coredns/coredns:v1.12.1');
});

test("the image's settings, applications and environment have taken effect where Go sealer would have them", async () => {
  expect(await lab.exec(1, ['cat', '/etc/kubernetes/manifests/kube-apiserver.yaml'])).toContain('--event-ttl=30m');
  const note = JSON.parse(await k('get', 'configmap', 'note', '-o', 'json'));
  expect(note.data).toEqual({ site: 'lab', kubeadm: 'apiVersion' });
  expect(await k('get', 'namespace', 'from-words', '-o', 'name')).toBe('namespace/from-words\n');
});

test('the registry data lies on no host as files of the rootfs', async () => {
  const { manifest, config } = expectSuccess(await sealer(['inspect', image, '--json'])).result;
  const registryLayer = manifest.layers.at(-1).digest.slice('sha256:'.length);
  for (const host of hosts) {
    const rootfs = await lab.exec(host, ['ls', '/var/lib/sealer/clusters/go/rootfs']);
    expect(rootfs).not.toContain('registry\n');
    const blobs = await lab.exec(host, ['ls', '/var/lib/sealer/blobs/sha256']);
    expect(blobs).not.toContain(registryLayer);
    for (const { digest } of config.rootfs) expect(blobs).toContain(digest.slice('sha256:'.length));
  }
});

test('apply again changes nothing', async () => {
  expect(expectSuccess(await sealer(['apply', '-f', clusterfile])).stdout).toMatch(/no change: all \d+ steps hold/);
});

test('delete leaves the hosts as they were', async () => {
  expectSuccess(await sealer(['delete', '-a', '-y', '-c', 'go']));
  for (const host of hosts) expect(difference(before[host - 1]!, await snapshot(lab, host))).toEqual([]);
  expectSuccess(await sealer(['rmi', image]));
  expect(await readdir(join(sealer.home, 'store', 'blobs', 'sha256'))).toEqual([]);
});
