// images.mjs KUBE_DIR OUT - the container images of the lab's Kubernetes as one OCI layout: no daemon, no registry.
// Names and tags are those of `kubeadm config images list`, so that what is built here stands in for upstream's images.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execaSync } from 'execa';

const [kube, out] = process.argv.slice(2);
const version = process.env.K8S_VERSION ?? '1.34.4';
const flannelVersion = '0.28.10';
// Made anew when this script or a version changes; the binaries are in KUBE_DIR's own name.
const inputs = createHash('sha256')
  .update(readFileSync(import.meta.filename))
  .update(`${version} ${flannelVersion} ${kube}`)
  .digest('hex');
const marker = join(out, '.inputs');
if (existsSync(marker) && readFileSync(marker, 'utf8') === inputs) process.exit(0);
const building = mkdtempSync(`${out}.building-`);
process.on('exit', () => rmSync(building, { recursive: true, force: true }));
const blobs = join(building, 'blobs', 'sha256');
mkdirSync(blobs, { recursive: true });
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function blob(bytes) {
  const hex = sha256(bytes);
  writeFileSync(join(blobs, hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}

/** A folder as a layer: sorted, times and owners 0. */
function layer(folder) {
  const { stdout: tar } = execaSync(
    'tar',
    [
      '--sort=name',
      '--mtime=@0',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--format=gnu',
      '-cf',
      '-',
      '-C',
      folder,
      '.',
    ],
    { encoding: 'buffer', stripFinalNewline: false, maxBuffer: 1 << 30 },
  );
  return {
    descriptor: { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...blob(gzipSync(tar, { level: 1 })) },
    diffId: `sha256:${sha256(tar)}`,
  };
}

function fileLayer(source, target) {
  const folder = mkdtempSync(join(building, 'layer-'));
  mkdirSync(join(folder, dirname(target)), { recursive: true });
  copyFileSync(source, join(folder, target));
  chmodSync(join(folder, target), 0o755);
  const made = layer(folder);
  rmSync(folder, { recursive: true });
  return made;
}

/** libc, iptables, nftables, conntrack and busybox straight from .debs, with a merged /usr. */
function baseLayer() {
  const root = mkdtempSync(join(building, 'base-'));
  chmodSync(root, 0o755);
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const debs = join(kube, 'debs');
  for (const deb of readdirSync(debs)
    .filter((name) => name.endsWith('.deb'))
    .sort()) {
    // tar keeps the links of the merged /usr; dpkg-deb -x would replace them.
    execaSync('sh', [
      '-c',
      'dpkg-deb --fsys-tarfile "$1" | tar -xf - -C "$2" --keep-directory-symlink --exclude="./usr/share/*" --exclude="*/gconv*" --exclude="./etc/init.d*"',
      'sh',
      join(debs, deb),
      root,
    ]);
  }
  const link = (target, file) => {
    rmSync(join(root, file), { force: true });
    symlinkSync(target, join(root, file));
  };
  for (const name of [
    'iptables',
    'iptables-save',
    'iptables-restore',
    'ip6tables',
    'ip6tables-save',
    'ip6tables-restore',
  ])
    link('xtables-nft-multi', `usr/sbin/${name}`);
  const has = (file) => lstatSync(join(root, file), { throwIfNoEntry: false });
  for (const name of [
    'sh',
    'ls',
    'cat',
    'cp',
    'mv',
    'rm',
    'sed',
    'mkdir',
    'ps',
    'wget',
    'nslookup',
    'hostname',
    'sleep',
    'ip',
  ])
    if (!has(`usr/bin/${name}`)) link('busybox', `usr/bin/${name}`);
  for (const name of ['tmp', 'run', 'var', 'proc', 'sys', 'dev', 'root', 'etc'])
    mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  execaSync('ldconfig', ['-r', root]);
  const made = layer(root);
  rmSync(root, { recursive: true });
  return made;
}

const manifests = [];
function image(name, layers, config) {
  const content = {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: [path], ...config },
    rootfs: { type: 'layers', diff_ids: layers.map((one) => one.diffId) },
    history: layers.map(() => ({ created_by: 'lab' })),
  };
  const descriptor = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    ...blob(Buffer.from(JSON.stringify(content))),
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor,
    layers: layers.map((one) => one.descriptor),
  };
  manifests.push({
    mediaType: manifest.mediaType,
    ...blob(Buffer.from(JSON.stringify(manifest))),
    annotations: { 'org.opencontainers.image.ref.name': name },
  });
  console.error(`kube images: ${name}`);
}

const base = baseLayer();
const list = ['config', 'images', 'list', '--kubernetes-version', `v${version}`];
const wanted = execaSync(join(kube, 'k8s/kubeadm'), list, { lines: true }).stdout;
for (const name of wanted) {
  const program = name.split('/').at(-1).split(':')[0];
  if (program === 'pause')
    image(name, [fileLayer(join(kube, 'pause'), 'pause')], { Entrypoint: ['/pause'], User: '65535:65535' });
  else if (program === 'coredns')
    image(name, [fileLayer(join(kube, 'coredns'), 'coredns')], { Entrypoint: ['/coredns'], WorkingDir: '/' });
  else if (program === 'etcd') image(name, [fileLayer(join(kube, 'etcd'), 'usr/local/bin/etcd')], {});
  else if (program === 'kube-proxy')
    image(name, [base, fileLayer(join(kube, 'k8s/kube-proxy'), 'usr/local/bin/kube-proxy')], {});
  else image(name, [fileLayer(join(kube, 'k8s', program), `usr/local/bin/${program}`)], {});
}
image(`ghcr.io/flannel-io/flannel:v${flannelVersion}`, [base, fileLayer(join(kube, 'flanneld'), 'opt/bin/flanneld')], {
  Entrypoint: ['/opt/bin/flanneld'],
});
image('docker.io/library/web:1', [base, fileLayer(join(kube, 'web'), 'usr/local/bin/web')], {
  Entrypoint: ['/usr/local/bin/web'],
});
writeFileSync(
  join(building, 'index.json'),
  JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }),
);
writeFileSync(join(building, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
writeFileSync(join(building, '.inputs'), inputs);
const previous = `${building}.old`;
if (existsSync(out)) renameSync(out, previous);
renameSync(building, out);
rmSync(previous, { recursive: true, force: true });
