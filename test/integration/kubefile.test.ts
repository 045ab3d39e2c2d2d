/** A Kubefile as users write them, by the built CLI: COPY over a base, archives, here-documents, owners; mounted, and unpacked as on a host. */
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unpackRootfs } from '../../packages/core/src/distribute/unpack-rootfs.js';
import type { RootfsLayer } from '../../packages/core/src/image/cluster-config.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { hostWith } from '../support/bound-host.js';
import { requireRunTools, writeRootfs } from '../support/run-tools.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let sealer: Sealer;
let context: string;

const base = `# syntax=docker/dockerfile:1
from scratch
copy . /
COPY <<passwd <<group etc/
root:x:0:0::/root:/bin/sh
web:x:33:34:Web:/:/bin/sh
passwd
web:x:35:
group
RUN <<EOF
set -e
mkdir -p /manifests /usr/lib /was/folder /tmp
chmod 1777 /tmp
ln -s usr/lib /lib
touch /manifests/old /was/folder/x
EOF
RUN rm -r /was/folder && echo file > /was/folder
`;

const child = `FROM base:1
LABEL purpose "a test"
COPY imageList manifests
COPY notes manifests/deep/
COPY --chown=web:web notes lib/owned
COPY d/link /followed
COPY notes was/folder
COPY notes tmp
ADD a.tar.xz a.tar.bz2 a.tar.zst a.tgz /archives/
RUN <<EOF
#!/bin/sh
echo "from $0" > /script
EOF
RUN cat <<one <<-'two' > /both; cat /tmp/notes >> /both
1
one
	2
	two
APP businessApp local://install.sh
LAUNCH businessApp
`;

beforeAll(async () => {
  await requireRunTools();
  await execa(join(import.meta.dirname, '../support/apt.sh'), ['install', 'xz-utils', 'bzip2', 'zstd']);
  folder = await temporaryDirectory();
  sealer = sealerIn(join(folder.path, 'home'));
  const first = join(folder.path, 'base');
  await writeRootfs(first);
  await writeFile(join(first, 'Kubefile'), base);
  context = join(folder.path, 'context');
  await mkdir(join(context, 'd'), { recursive: true });
  const files = { imageList: '# none yet\n', notes: 'notes\n', 'install.sh': 'true\n', Kubefile: child };
  for (const [path, text] of Object.entries(files)) await writeFile(join(context, path), text);
  await symlink('../notes', join(context, 'd/link'));
  for (const [name, how] of Object.entries({
    'tar.xz': '--xz',
    'tar.bz2': '--bzip2',
    'tar.zst': '--zstd',
    tgz: '-z',
  })) {
    const source = join(folder.path, 'packed', name);
    await mkdir(source, { recursive: true });
    await writeFile(join(source, `of-${name}`), name);
    await chmod(join(source, `of-${name}`), 0o4711);
    await execa('tar', ['-C', source, how, '-cf', join(context, `a.${name}`), '.']);
  }
  const build = async (tag: string, from: string) =>
    expectSuccess(await sealer(['build', '-t', tag, '--type', 'app-installer', from]));
  await build('base:1', first);
  await build('child:1', context);
}, 300_000);
afterAll(() => folder[Symbol.asyncDispose]());

async function listing(path: string): Promise<string[]> {
  const { stdout } = await execa('find', ['.', '-printf', '%P %y %m %U:%G %l\n'], { cwd: path });
  const lines = stdout.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !/^(bin\b|d \d)/.test(line)).sort();
}

test('what is mounted is what docker would have made, and a host unpacks the same', async () => {
  const place = join(folder.path, 'shown');
  expectSuccess(await sealer(['mount', 'child:1', place]));
  const found = await listing(place);
  expect(found).toEqual(
    expect.arrayContaining([
      'lib l 777 0:0 usr/lib',
      'usr/lib/owned f 644 33:35',
      'manifests/old f 644 0:0',
      'manifests/imageList f 644 0:0',
      'manifests/deep/notes f 644 0:0',
      'followed f 644 0:0',
      'was/folder f 644 0:0',
      'tmp d 1777 0:0',
      'tmp/notes f 644 0:0',
      'archives/of-tar.xz f 4711 0:0',
      'archives/of-tar.bz2 f 4711 0:0',
      'archives/of-tar.zst f 4711 0:0',
      'archives/of-tgz f 4711 0:0',
      'application/apps/businessApp/install.sh f 644 0:0',
    ]),
  );
  expect(await readFile(join(place, 'both'), 'utf8')).toBe('2\nnotes\n');
  expect(await readFile(join(place, 'script'), 'utf8')).toMatch(/^from \//);
  expect(await readFile(join(place, 'was/folder'), 'utf8')).toBe('notes\n');
  // Nothing of the script's own file is left.
  expect(found.filter((line) => line.startsWith('run'))).toEqual([]);
  expectSuccess(await sealer(['umount', place]));

  const layers: RootfsLayer[] = expectSuccess(await sealer(['inspect', 'child:1', '--json'])).result.config.rootfs;
  const state = join(folder.path, 'host');
  const blobs = 'blobs/sha256';
  await mkdir(join(state, 'sealer', blobs), { recursive: true });
  for (const { digest } of layers)
    await cp(join(sealer.home, 'store', blobs, digest.slice(7)), join(state, 'sealer', blobs, digest.slice(7)));
  async function* arrivals() {
    for (const { digest } of layers) yield digest;
  }
  const target = { cluster: 'c', imageDigest: `sha256:${'a'.repeat(64)}` } as const;
  await unpackRootfs(hostWith(state), target, layers.length, arrivals());
  expect(await listing(join(state, 'sealer/clusters/c/versions', 'a'.repeat(64)))).toEqual(found);
});

test.each<[string, string[], RegExp]>([
  ['COPY d /x\nRUN ln -s ../../x /y\n', [], /RUN left \/y, which is a link out of the rootfs/],
  ['COPY d /\n', [], /Wrong:2:1.*"link" is a link out of the rootfs, to \.\.\/notes/s],
  ['COPY imageList manifests\nCOPY d manifests/imageList\n', [], /Wrong:3:1.*is a file in the rootfs/s],
  ['COPY --chown=nobody notes x\n', [], /"nobody" is no user of the rootfs/],
  ['WORKDIR /x\n', [], /WORKDIR: .*write whole paths/],
  ['', ['--platform', 'linux/amd46'], /"linux\/amd46" is no platform.*did you mean amd64\?/s],
  ['', ['-t', `x@sha256:${'0'.repeat(64)}`], /a new name cannot have a digest/],
])('%j with %j is an error, and makes no image', async (lines, words, message) => {
  await writeFile(join(context, 'Wrong'), `FROM base:1\n${lines}`);
  const name = words.includes('-t') ? [] : ['-t', 'wrong:1'];
  const outcome = await sealer([
    ...['build', ...name, ...words, '--type', 'app-installer', '-f', join(context, 'Wrong'), context],
  ]);
  expect(outcome.code).toBeGreaterThan(0);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).not.toMatch(/\n\s+at /);
  expect(expectSuccess(await sealer(['images'])).stdout).not.toContain('wrong');
});
