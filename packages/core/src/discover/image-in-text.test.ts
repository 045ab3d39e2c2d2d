import { expect, test } from 'vitest';
import { searchText } from './search-text.js';

/** What a ConfigMap with this text carries. */
function taken(text: string): string[] {
  const lines = text.split('\n').map((line) => `    ${line}`);
  const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  settings: |\n${lines.join('\n')}\n`;
  return searchText(manifest, { label: (line) => `f:${line}` }).images.map(({ image }) => image);
}

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  [
    'provisioner: registry.k8s.io/sig-storage/csi-provisioner:v6.2.0',
    'registry.k8s.io/sig-storage/csi-provisioner:v6.2.0',
  ],
  [
    'ROOK_CSI_PROVISIONER_IMAGE: "registry.k8s.io/sig-storage/csi-provisioner:v5.1.0"',
    'registry.k8s.io/sig-storage/csi-provisioner:v5.1.0',
  ],
  ['attacher=registry.k8s.io/sig-storage/csi-attacher:v4.7.0', 'registry.k8s.io/sig-storage/csi-attacher:v4.7.0'],
  ['sandbox_image = "k8s.gcr.io/pause:3.9"', 'k8s.gcr.io/pause:3.9'],
  ['export AGENT=ghcr.io/acme/agent:1', 'ghcr.io/acme/agent:1'],
  ['- quay.io/acme/a:1', 'quay.io/acme/a:1'],
  ['quay.io/acme/a:1', 'quay.io/acme/a:1'],
  ['a: "quay.io/acme/a:1" # why', 'quay.io/acme/a:1'],
  ['a: localhost:5000/acme/a:1', 'localhost:5000/acme/a:1'],
  ['a: registry:5000/acme/a:1', 'registry:5000/acme/a:1'],
  ['a: 10.0.0.1:5000/acme/a:1', '10.0.0.1:5000/acme/a:1'],
  ['a: 10.0.0.1/acme/a:1', '10.0.0.1/acme/a:1'],
  ['a: docker://quay.io/acme/a:1', 'quay.io/acme/a:1'],
  [`a: quay.io/acme/a@${digest}`, `quay.io/acme/a@${digest}`],
  [`a: quay.io/acme/a:1@${digest}`, `quay.io/acme/a:1@${digest}`],
  ['{"a": {"b": "quay.io/acme/json:1"}}', 'quay.io/acme/json:1'],
  ['a:\n  b: [quay.io/acme/list:1]', 'quay.io/acme/list:1'],
  ['a: quay.io/acme/a:1.10', 'quay.io/acme/a:1.10'],
  ['a: us-docker.pkg.dev/project/repo/app:1', 'us-docker.pkg.dev/project/repo/app:1'],
  ['a: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1'],
  ['server {\n  image quay;\n  agent = quay.io/acme/toml:1;\n', 'quay.io/acme/toml:1'],
  ['a: sea.hub:5000/library/nginx:1', 'sea.hub:5000/library/nginx:1'],
  ['a: registry.cn-qingdao.aliyuncs.com/sealer-io/a:1', 'registry.cn-qingdao.aliyuncs.com/sealer-io/a:1'],
  ['a: gcr.k8s.io/pause:3', 'gcr.k8s.io/pause:3'],
])('is found: %s', (text, image) => {
  expect(taken(text)).toEqual([image]);
});

test.each([
  'url: https://example.com/a/b:1',
  'proxy_pass http://backend.example.com/a:8080;',
  'a: oci://ghcr.io/acme/charts/web:1',
  'path: /etc/app.d/a:1',
  'volume: data.d/files:ro',
  'volume: conf.example/files:rw',
  'apiVersion: rbac.authorization.k8s.io/v1',
  'group: rbac.authorization.k8s.io/v1:roles',
  'label: app.kubernetes.io/name:web',
  'a: node.kubernetes.io/instance-type:m5.large',
  'a: quay.io/acme/a',
  'a: example.com/a/b',
  'a: host.example.com:8080',
  'a: host:8080',
  'a: host:8080/path',
  'time: 2024-01-01T00:00:00',
  'time: 01.02.2024/12:30',
  'ratio: 1.5/2:3',
  'a: v1.2/x:3',
  'net: 10.0.0.0/8:443',
  'repo: git.example.com/acme/x.git:main',
  'repo: git@github.com:acme/x.git',
  'module: github.com/acme/x@v1.0.0',
  'artifact: org.acme/lib:1.0',
  'artifact: org.acme:lib:1.0',
  'file: docs.example/readme.md:12',
  'file: files.example/a.tar.gz:1',
  'a: acme/a:1',
  'a: nginx:1.27',
  '# a: quay.io/acme/a:1',
  'echo pulling quay.io/acme/a:1 now',
  'nerdctl pull quay.io/acme/a:1',
  'a: "{{ .Registry }}/acme/a:1"',
  'a: $REGISTRY/acme/a:1',
  'a: quay.io/Acme/A:1',
  'a: quay.io/acme/a:',
  'a: quay.io/acme/*:1',
  'expr: rate(a{b="quay.io/acme/a:1"}[5m])',
  'mail: a@example.com/b:c',
  'selector: topology.ebs.csi.aws.com/zone',
  'driver: rook-ceph.rbd.csi.ceph.com',
  'a: storage.k8s.io/v1:StorageClass',
])('only looks so: %s', (text) => {
  expect(taken(text)).toEqual([]);
});

test('of values of a ConfigMap as well, with their lines; nowhere else', () => {
  const data =
    'data:\n  provisioner: registry.k8s.io/sig-storage/csi-provisioner:v6.2.0\n  group: policy.networking.k8s.io/v1alpha1\n';
  const found = searchText(`kind: ConfigMap\napiVersion: v1\n${data}`, { label: (line) => `f:${line}` });
  expect(found.images).toEqual([{ image: 'registry.k8s.io/sig-storage/csi-provisioner:v6.2.0', origin: 'f:4' }]);
  const other = searchText(`kind: Widget\napiVersion: acme.example/v1\n${data}`, { label: (line) => `f:${line}` });
  expect(other).toMatchObject({ images: [], suspects: [{ reason: 'elsewhere' }] });
});
