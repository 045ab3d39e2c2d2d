/**
 * Files as users, other tools and full disks leave them: right ones, changed at random. Whatever comes of it is a value,
 * or an error with a code whose place lies in the file; and it comes soon. The seed is fixed: a failure can be had again.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseRegistryImageList } from '../../packages/core/src/build/registry-image-list.js';
import { applyFlags, clusterFromFlags } from '../../packages/core/src/cluster/cluster-from-flags.js';
import { readImageDocuments } from '../../packages/core/src/cluster/image-documents.js';
import { parseClusterfile } from '../../packages/core/src/cluster/parse-clusterfile.js';
import { readClusterfile } from '../../packages/core/src/cluster/read-clusterfile.js';
import { serializeCluster } from '../../packages/core/src/cluster/serialize-cluster.js';
import { readContext } from '../../packages/core/src/context/context-files.js';
import { parseIgnoredImages } from '../../packages/core/src/discover/ignored-images.js';
import { searchText } from '../../packages/core/src/discover/search-text.js';
import { SealerError } from '../../packages/core/src/errors/sealer-error.js';
import { readExtension } from '../../packages/core/src/go-sealer/extension.js';
import { knownKeys, ownKnownHosts } from '../../packages/core/src/host/known-hosts.js';
import { checkClusterConfig } from '../../packages/core/src/image/check-cluster-config.js';
import { parseImageList } from '../../packages/core/src/image/image-list.js';
import { parseManifest } from '../../packages/core/src/image/manifest-document.js';
import { parseReference } from '../../packages/core/src/image/reference.js';
import { parseKubefile } from '../../packages/core/src/kubefile/parse.js';
import { keptImageConfig, readState } from '../../packages/core/src/operations/cluster-state.js';
import { findCredentials } from '../../packages/core/src/registry/credentials.js';
import { registrySettings } from '../../packages/core/src/registry/registry-settings.js';
import { renderTemplate } from '../../packages/core/src/template/render.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { trustSettings } from '../../packages/core/src/trust/trust-settings.js';
import { Journal } from '../../packages/core/src/workflow/journal.js';
import { parsePlan } from '../../packages/core/src/workflow/parse-plan.js';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  home = await temporaryDirectory();
  vi.stubEnv('HOME', home.path);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await home[Symbol.asyncDispose]();
});

const digest = `sha256:${'0'.repeat(64)}`;
const clusterfile = `apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: shop, creationTimestamp: null}
spec:
  image: shop:1.0
  env: [A=1, PodCIDR=10.1.0.0/16]
  ssh: &ssh {user: ops, port: "2222", hostKeys: [ssh-ed25519 AAAA]}
  hosts:
  - {ips: [10.0.0.1], roles: [master]}
  - {ips: [10.0.0.2-10.0.0.3], roles: [node, edge], ssh: {<<: *ssh}, labels: {zone: a}, taints: [a=b:NoSchedule]}
  hostAliases: [{ip: 10.0.0.5, hostnames: [git.example]}]
  registry: {localRegistry: {domain: sea.hub, port: 5000, ha: true}}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 200
`;
const plugin = `apiVersion: sealer.io/v1
kind: Plugin
metadata: {name: pre_init}
spec: {type: SHELL, action: PreInit|post-install, on: master/node, data: "echo 1"}
`;
const older = `apiVersion: sealer.io/v1
kind: Cluster
metadata: {name: shop}
spec:
  image: a
  provider: BAREMETAL
  network: {podCIDR: 10.1.0.0/16}
  masters: {ipList: [10.0.0.1]}
  nodes: {ipList: [10.0.0.2-10.0.0.3]}
`;
const kubefile = `# escape=\\
FROM base:1
ARG V=1
ENV A=1 B="x y"
COPY --chmod=755 a-\${V:-1} \\
  b/
APP web local://web
APPCMDS web ["a", "b"]
RUN --mount=type=cache,target=/x echo $A
LAUNCH ["web"]
`;
const config = JSON.stringify({
  ...{ schemaVersion: 1, type: 'kube-installer', architecture: 'amd64', os: 'linux', labels: { a: 'b' }, env: {} },
  ...{ apps: [{ name: 'web', files: [], commands: [], env: {} }], launch: { apps: ['web'], commands: [] } },
  ...{ rootfs: [{ digest, diffId: digest, size: 1, createdBy: 'x' }], bundle: [], cni: [], csi: [] },
  documents: { 'plugins/a.yaml': plugin },
});
const manifest = JSON.stringify({
  schemaVersion: 2,
  config: { mediaType: 'a/b', digest, size: 1 },
  layers: [{ mediaType: 'a/b', digest, size: 1 }],
  annotations: { 'sealer.image.extension': '{"type":"kube-installer","applications":[{"name":"a","type":"helm"}]}' },
});
const plan = JSON.stringify({
  schemaVersion: 1,
  operation: 'install',
  cluster: 'a',
  image: { name: 'a', digest },
  steps: [],
});
const state = JSON.stringify({
  schemaVersion: 1,
  cluster: 'a',
  image: { name: 'a', digest },
  hosts: [{ address: 'a', roles: ['master'] }],
  status: 'installed',
  updatedAt: 'x',
});

/** What goes wrong in files: pieces of syntax, numbers that are none, bytes that are no text, far too much of something. */
const pieces = [
  ...[
    '*x',
    '&a ',
    '<<: ',
    '!tag ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '- ',
    '? ',
    '|\n',
    '>\n',
    '---\n',
    '"',
    "'",
    '#',
    '\\',
    '`',
  ],
  ...[
    '\t',
    '\r\n',
    '\n',
    ' ',
    '\0',
    '\ufeff',
    '\ufffd',
    '\ud800',
    '\u2028',
    'ü',
    '日',
    '\u001b[31m',
    ',',
    '/',
    '=',
    '$',
    '${',
    '(',
    '*',
    '%',
  ],
  ...[
    'null',
    '~',
    'true',
    '0x1f',
    '0o17',
    '1e999',
    '-1',
    '.nan',
    '12345678901234567890',
    '2001-01-01',
    '999.1.1.1',
    '[::1]:99999',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '{"__proto__": 1}',
    '[]',
    '{}',
    'env:NOT_SET',
    'file:/nowhere',
    'local',
  ],
  ...[
    '['.repeat(3000),
    '{"a":'.repeat(3000),
    '- '.repeat(3000),
    '*'.repeat(60),
    '*a'.repeat(40),
    'x'.repeat(20_000),
    '\n'.repeat(500),
  ],
];
const change = fc.record({
  at: fc.nat(999).map((thousandth) => thousandth / 1000),
  length: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(60)),
  piece: fc.oneof(fc.constantFrom(...pieces), fc.constant(''), fc.string({ unit: 'binary', maxLength: 4 })),
});
const changes = fc.array(change, { minLength: 1, maxLength: 4 });

function mutated(text: string, list: readonly { at: number; length: number; piece: string }[]): string {
  return list.reduce((result, { at, length, piece }) => {
    const start = Math.floor(at * result.length);
    return `${result.slice(0, start)}${piece}${result.slice(start + length)}`;
  }, text);
}

/** @param text undefined where places are those of another file */
function expectCoded(cause: unknown, text: string | undefined): void {
  if (!SealerError.is(cause)) throw cause;
  expect(cause.code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
  expect(cause.message).not.toBe('');
  const lines = text?.split('\n');
  for (const one of [cause, ...cause.errors]) {
    const { position } = one;
    if (!position || !lines) continue;
    expect(position.line).toBeGreaterThanOrEqual(1);
    expect(position.line).toBeLessThanOrEqual(lines.length);
    expect(position.column).toBeGreaterThanOrEqual(1);
    expect(position.column).toBeLessThanOrEqual((lines[position.line - 1]?.length ?? 0) + 1);
  }
}

const cases: [string, string, (text: string) => unknown, { inFile?: boolean; runs?: number }?][] = [
  [
    'a Clusterfile',
    clusterfile,
    (text) => serializeCluster(applyFlags(parseClusterfile(text, 'f'), { nodes: '10.0.0.77' })),
  ],
  ['an older Clusterfile', older, (text) => parseClusterfile(text, 'f')],
  ['a Plugin document', plugin, (text) => readImageDocuments({ 'plugins/a.yaml': text }), { inFile: true }],
  [
    'documents of the runtime',
    clusterfile.split('---\n')[1] ?? '',
    (text) => readImageDocuments({ 'etc/a.yml': text }),
  ],
  ['a Kubefile', kubefile, (text) => parseKubefile(text, 'f')],
  [
    'an image list',
    '# a\nnginx:1.27\nacme/b@sha256:1 from oci:x:y # c\nquay.io/a/b\n',
    (text) => parseImageList(text, 'f'),
  ],
  [
    'a list of ignored images',
    'nginx\nacme/*:1 # x\nquay.io/a/\n',
    (text) => parseIgnoredImages(text, 'f').map((one) => one.matches(`quay.io/${'a/'.repeat(60)}b:1`)),
  ],
  [
    'a list with credentials',
    '- registry: a.example\n  username: a\n  password: b\n  images: [a/b, c.example/d:1]\n',
    (text) => parseRegistryImageList(text, 'f'),
  ],
  [
    'a manifest of Kubernetes',
    'kind: Pod\napiVersion: v1\nspec: {containers: [{name: a, image: acme/a:1, args: [--image=b:1]}]}\n',
    (text) => searchText(text, { label: (line) => `f:${line}` }),
  ],
  ['a plan', plan, (text) => parsePlan(text, 'f')],
  ['an image manifest', manifest, (text) => readExtension(parseManifest(Buffer.from(text), 'f') as never, 'f')],
  ['the config of a cluster image', config, (text) => checkClusterConfig(Buffer.from(text), 'f')],
  ['a template', 'a: {{ .A | default "x" | quote }}\nb: {{- .B -}}\n', (text) => renderTemplate(text, { A: '1' }, 'f')],
  [
    'a reference',
    'registry.example:5000/a/b:1.0',
    (text) => new URL(`https://${parseReference(text).domain}/v2/`),
    { runs: 600 },
  ],
  [
    'addresses of flags',
    '10.0.0.1-10.0.0.3,fd00::1,local',
    (text) => clusterFromFlags({ image: 'a', masters: '10.0.0.9', nodes: text }),
  ],
];

test.each(cases)(
  '%s',
  async (_, right, read, { runs = 200 } = {}) => {
    const started = performance.now();
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const text = mutated(right, list);
        try {
          await read(text);
        } catch (cause) {
          expectCoded(cause, text);
        }
      }),
      { numRuns: runs, seed: 11, endOnFailure: true },
    );
    expect(performance.now() - started).toBeLessThan(10_000);
  },
  30_000,
);

const auth = JSON.stringify({
  auths: { 'a.example': { auth: 'YTpi' }, 'b.example/x': { username: 'a', password: 'b' } },
  credHelpers: {},
});
const files: [string, string, string, (path: string) => unknown][] = [
  [
    'a Clusterfile as bytes',
    'Clusterfile',
    clusterfile,
    async () => parseClusterfile(await readClusterfile(join(home.path, 'Clusterfile')), 'f'),
  ],
  ['auth.json', 'auth.json', auth, (path) => findCredentials('a.example/b', { sealerHome: path, dockerConfig: path })],
  [
    'registries.yaml',
    'registries.yaml',
    'registries:\n  a.example: {ca: [], plainHttp: false, mirrors: ["https://b.example/x"]}\n',
    (path) => registrySettings('a.example', path),
  ],
  ['config.yaml', 'config.yaml', 'trust: {policy: if-signed, keys: [], required: 1}\n', (path) => trustSettings(path)],
  [
    '~/.ssh/config',
    '.ssh/config',
    'Host 10.* !x\n  User a\n  Port 22\n  ProxyJump b@c:22\nHost *\n  IdentityFile ~/x\n',
    () => clusterFromFlags({ image: 'a', masters: '10.0.0.1' }),
  ],
  [
    'known_hosts',
    'known_hosts',
    '10.0.0.1,[10.0.0.*]:22 ssh-rsa AAAA\n|1|aa|bb ssh-rsa AAAA\n@revoked * ssh-rsa AAAA\n',
    async (path) => [ownKnownHosts(path), await knownKeys(path, '10.0.0.1', 22)],
  ],
  ['state.json', 'clusters/a/state.json', state, (path) => readState(path, 'a')],
  ['image-config.json', 'clusters/a/image-config.json', config, (path) => keptImageConfig(path, 'a')],
  [
    'journal.jsonl',
    'clusters/a/journal.jsonl',
    '{"at":"x","run":"y","event":"step-start","step":"a"}\n{"event":"step-done","step":"a"}\n',
    (path) => Journal.open(join(path, 'clusters/a')),
  ],
  [
    '.sealerignore',
    '.sealerignore',
    '# a\n*.md\n!keep.md\nsecret (1).txt\n**/x/?[a-z]\n',
    async (path) => (await readContext(path)).isIgnored('a/b.md'),
  ],
];

test.each(files)(
  '%s',
  async (_, name, right, read) => {
    const path = join(home.path, name);
    await mkdir(join(path, '..'), { recursive: true });
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (list, damaged) => {
        const text = mutated(right, list);
        // A byte alone that is no UTF-8, as in a file of another encoding.
        const bytes = damaged ? Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])]) : Buffer.from(text);
        await writeFile(path, bytes);
        try {
          await read(home.path);
        } catch (cause) {
          // Lone halves of characters are written as others.
          expectCoded(cause, text.isWellFormed() && !text.startsWith('\ufeff') ? bytes.toString() : undefined);
        }
      }),
      { numRuns: 60, seed: 12, endOnFailure: true },
    );
  },
  30_000,
);
