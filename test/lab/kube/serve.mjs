// serve.mjs KUBE_DIR [--port N] - offers on loopback what build.sh made, in the URL shape of upstream's releases: the host of the
// upstream URL becomes the first folder, so `https://dl.k8s.io/...` is `http://127.0.0.1:PORT/dl.k8s.io/...`. Each file has its
// published checksum beside it, in upstream's form. GET / lists everything, GET /sha256sums gives all checksums.
// Prints one line of JSON when it listens: {"url", "buildArgs"}; buildArgs are those of catalog/kubernetes/Kubefile.releases.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { basename, dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execaSync } from 'execa';

const [directory, ...flags] = process.argv.slice(2);
const port = flags[0] === '--port' ? Number(flags[1]) : 0;
if (!directory || Number.isNaN(port)) {
  console.error('usage: serve.mjs KUBE_DIR [--port N]');
  process.exit(2);
}
const kube = resolve(directory);
const arch = 'amd64';
const versions = {
  kubernetes: process.env.K8S_VERSION ?? '1.34.4',
  containerd: '2.4.2',
  runc: '1.5.2',
  cni: '1.9.1',
  crictl: '1.36.0',
  helm: '4.1.4',
  registry: '3.1.2',
};
const release = (repository, tag, file) => `/github.com/${repository}/releases/download/${tag}/${file}`;

/** One published file. `from` is a file of KUBE_DIR; `members` make an archive: name inside -> file of KUBE_DIR. */
function published() {
  const v = versions;
  const list = ['kubeadm', 'kubelet', 'kubectl'].map((name) => ({
    path: `/dl.k8s.io/release/v${v.kubernetes}/bin/linux/${arch}/${name}`,
    from: `k8s/${name}`,
    sum: '.sha256',
  }));
  const cni = existsSync(join(kube, 'cni')) ? readdirSync(join(kube, 'cni')) : [];
  list.push(
    {
      path: release('containerd/containerd', `v${v.containerd}`, `containerd-${v.containerd}-linux-${arch}.tar.gz`),
      members: Object.fromEntries(
        ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => [`bin/${name}`, `containerd/${name}`]),
      ),
      sum: '.sha256sum',
    },
    { path: release('opencontainers/runc', `v${v.runc}`, `runc.${arch}`), from: 'runc', sum: 'runc.sha256sum' },
    {
      path: release('containernetworking/plugins', `v${v.cni}`, `cni-plugins-linux-${arch}-v${v.cni}.tgz`),
      members: Object.fromEntries(cni.map((name) => [`./${name}`, `cni/${name}`])),
      sum: '.sha256',
    },
    {
      path: release('kubernetes-sigs/cri-tools', `v${v.crictl}`, `crictl-v${v.crictl}-linux-${arch}.tar.gz`),
      members: { crictl: 'crictl' },
      sum: '.sha256',
    },
    {
      path: `/get.helm.sh/helm-v${v.helm}-linux-${arch}.tar.gz`,
      members: { [`linux-${arch}/helm`]: 'helm' },
      sum: '.sha256sum',
    },
    {
      path: release('distribution/distribution', `v${v.registry}`, `registry_${v.registry}_linux_${arch}.tar.gz`),
      members: { registry: 'registry' },
      sum: '.sha256',
    },
  );
  return list;
}

/** The archive of an entry: made once, kept beside the binaries, the same bytes for the same binaries. */
function archive(entry) {
  const made = join(kube, 'releases', basename(entry.path));
  const sources = Object.values(entry.members).map((file) => join(kube, file));
  const newest = Math.max(...sources.map((file) => statSync(file).ctimeMs));
  if (existsSync(made) && statSync(made).mtimeMs >= newest) return made;
  mkdirSync(dirname(made), { recursive: true });
  const work = mkdtempSync(join(kube, 'releases', 'new-'));
  for (const [name, file] of Object.entries(entry.members)) {
    mkdirSync(dirname(join(work, 'tree', name)), { recursive: true });
    copyFileSync(join(kube, file), join(work, 'tree', name));
  }
  const names = Object.keys(entry.members).sort();
  const { stdout: tar } = execaSync(
    'tar',
    [
      '--mtime=@0',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mode=755',
      '--format=gnu',
      '-cf',
      '-',
      '-C',
      join(work, 'tree'),
      ...names,
    ],
    { encoding: 'buffer', stripFinalNewline: false, maxBuffer: 1 << 30 },
  );
  writeFileSync(join(work, 'archive'), gzipSync(tar, { level: 1 }));
  renameSync(join(work, 'archive'), made);
  rmSync(work, { recursive: true });
  return made;
}

async function sha256(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** URL path -> {file} or {text}. What KUBE_DIR does not hold is not offered. */
async function routes() {
  const table = new Map();
  const sums = [];
  for (const entry of published()) {
    const sources = entry.from ? [entry.from] : Object.values(entry.members);
    if (sources.length === 0 || !sources.every((file) => existsSync(join(kube, file)))) continue;
    const file = entry.from ? join(kube, entry.from) : archive(entry);
    const hex = await sha256(file);
    table.set(entry.path, { file, hex });
    // dl.k8s.io publishes the bare digest; the others a line of sha256sum
    const text = entry.path.startsWith('/dl.k8s.io/') ? hex : `${hex}  ${basename(entry.path)}\n`;
    table.set(entry.sum.startsWith('.') ? `${entry.path}${entry.sum}` : `${dirname(entry.path)}/${entry.sum}`, {
      text,
    });
    sums.push(`${hex}  ${entry.path.slice(1)}\n`);
  }
  table.set('/sha256sums', { text: sums.join('') });
  return table;
}

const table = await routes();
table.set('/', { text: [...table.keys()].map((path) => `${path}\n`).join('') });
const server = createServer((request, response) => {
  const found = ['GET', 'HEAD'].includes(request.method)
    ? table.get(new URL(request.url, 'http://localhost').pathname)
    : undefined;
  if (!found) return response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
  const size = found.file ? statSync(found.file).size : Buffer.byteLength(found.text);
  response.writeHead(200, {
    'content-type': found.file ? 'application/octet-stream' : 'text/plain',
    'content-length': size,
  });
  if (request.method === 'HEAD') return response.end();
  if (!found.file) return response.end(found.text);
  createReadStream(found.file)
    .on('error', () => response.destroy())
    .pipe(response);
});
server.listen(port, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const buildArgs = { KUBE_URL: `${url}/dl.k8s.io`, GITHUB_URL: `${url}/github.com` };
  for (const [path, { hex }] of table) {
    if (path.startsWith('/dl.k8s.io/') && hex) buildArgs[`${basename(path).toUpperCase()}_SHA256`] = hex;
    if (basename(path) === `runc.${arch}`) buildArgs.RUNC_SHA256 = hex;
  }
  console.log(JSON.stringify({ url, buildArgs }));
});
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => server.close(() => process.exit(0)).closeAllConnections());
