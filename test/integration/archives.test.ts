/** Archives between sealer and the tools that users have beside it: skopeo, buildah, Go's gzip; pipes; a delta of real programs. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveImages } from '../../packages/core/src/archive/save-archive.js';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';
import { requireSkopeo, skopeo } from '../support/skopeo.js';

const cli = fileURLToPath(new URL('../../packages/cli/bin/run.js', import.meta.url));
const name = 'registry.example/shop:1';
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let sealer: Sealer;
let context: string;
const path = (file: string) => join(folder.path, file);
const digestIn = async (who: Sealer, image: string) =>
  (expectSuccess(await who(['images', '--json'])).result as { name: string; digest: string }[]).find(
    (row) => row.name === image,
  )?.digest;

beforeAll(async () => {
  await requireSkopeo();
  folder = await temporaryDirectory();
  sealer = sealerIn(path('home'));
  context = path('context');
  await mkdir(context);
  await writeFile(join(context, 'Kubefile'), 'FROM scratch\nCOPY . .\n');
  await writeFile(join(context, 'a'), 'one');
  expectSuccess(await sealer(['build', '-t', name, '--type', 'app-installer', context]));
});
afterAll(() => folder[Symbol.asyncDispose]());

test('what sealer saves, skopeo reads and copies; what skopeo writes, sealer loads, with the same digest', async () => {
  const digest = await digestIn(sealer, name);
  expectSuccess(await sealer(['save', name, '-o', path('ours.tar')]));
  const raw = await skopeo('inspect', '--raw', `oci-archive:${path('ours.tar')}`);
  expect(`sha256:${createHash('sha256').update(raw.replace(/\n$/, '')).digest('hex')}`).toBe(digest);
  await skopeo('copy', '-q', `oci-archive:${path('ours.tar')}:${name}`, `oci-archive:${path('theirs.tar')}:${name}`);
  const other = sealerIn(path('other'));
  expect(expectSuccess(await other(['load', '-i', path('theirs.tar')])).stdout).toBe(`${name}\n`);
  expect(await digestIn(other, name)).toBe(digest);
  // Without a name skopeo writes none, and one has to be given.
  await skopeo('copy', '-q', `oci-archive:${path('ours.tar')}:${name}`, `oci-archive:${path('nameless.tar')}`);
  const nameless = await other(['load', '-i', path('nameless.tar')]);
  expect(nameless.code).not.toBe(0);
  expect(nameless.stderr).toContain('ARCHIVE_INVALID');
  expectSuccess(await other(['load', '-i', path('nameless.tar'), '--tag', 'given:1']));
  expect(await digestIn(other, 'docker.io/library/given:1')).toBe(digest);
});

test('a docker-archive made by skopeo is loaded under its names, and goes on as an OCI image', async () => {
  const store = await openStore(path('plain-home/store'));
  const layer = await store.addBlob(await tarOfOne('hello', Buffer.from('hello')));
  const config = await store.addBlob(
    Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: 'amd64',
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
        config: {},
      }),
    ),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  };
  const stored = await store.addBlob(Buffer.from(JSON.stringify(manifest)));
  await store.setName('docker.io/library/web:1', { mediaType: manifest.mediaType, ...stored });
  await saveImages(store, ['web:1'], path('web.tar'));
  await skopeo(
    'copy',
    '-q',
    `oci-archive:${path('web.tar')}`,
    `docker-archive:${path('web-docker.tar')}:docker.io/library/web:1`,
  );
  const target = sealerIn(path('docker-home'));
  const loaded = expectSuccess(await target(['load', '-i', path('web-docker.tar')]));
  expect(loaded.stdout).toBe('docker.io/library/web:1\n');
  const rows = expectSuccess(await target(['images', '--json'])).result;
  expect(rows).toEqual([expect.objectContaining({ type: 'container', platforms: ['linux/amd64'] })]);
  expectSuccess(await target(['save', 'web:1', '-o', path('again.tar')]));
  const inspected = JSON.parse(await skopeo('inspect', `oci-archive:${path('again.tar')}`));
  expect(inspected).toMatchObject({ Os: 'linux', Architecture: 'amd64' });
  // A cluster image it is not, and that is said.
  expect((await target(['inspect', 'web:1'])).stderr).toContain('IMAGE_NOT_CLUSTER');
});

test('a pipe from one sealer to another; a reader that goes away is a failure', async () => {
  const env = { ...process.env, CI: 'true' };
  const words = `set -o pipefail; SEALER_HOME=${path('home')} node ${cli} save -q ${name}`;
  await execa('bash', ['-c', `${words} --compress gzip | SEALER_HOME=${path('piped')} node ${cli} load -q`], { env });
  expect(await digestIn(sealerIn(path('piped')), name)).toBe(await digestIn(sealer, name));
  await writeFile(
    join(context, 'large'),
    Buffer.alloc(8_000_000, 7).map((_, at) => (at * at) >> 5),
  );
  expectSuccess(await sealer(['build', '-t', 'large:1', '--type', 'app-installer', context]));
  const cut = await execa(
    'bash',
    ['-c', `SEALER_HOME=${path('home')} node ${cli} save large:1 | true; exit \${PIPESTATUS[0]}`],
    { env },
  ).catch((cause) => cause);
  expect(cut.exitCode).not.toBe(0);
  expect(cut.stderr).toContain('ARCHIVE_NOT_WRITTEN');
});

test('devices are written to, never replaced', async () => {
  const full = await sealer(['save', name, '-o', '/dev/full']);
  expect(full.stderr).toContain('ARCHIVE_NOT_WRITTEN');
  expect((await stat('/dev/full')).isCharacterDevice()).toBe(true);
});

/** A Go program, twice: two builds that differ in a function. And Go's own gzip, which zlib cannot repeat. */
const program = (extra: string) => `package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"os"
)

${extra}
func main() {
	if len(os.Args) > 2 {
		http.ListenAndServe(os.Args[2], nil)
	}
	w := gzip.NewWriter(os.Stdout)
	io.Copy(w, os.Stdin)
	w.Close()
}
`;
const added = `func count(words []string) (sum int) {
	for at, word := range words {
		sum += at * len(word)
	}
	return
}

func init() { count(os.Args) }
`;

async function compile(label: string, text: string): Promise<string> {
  const work = path(`go-${label}`);
  await mkdir(work, { recursive: true });
  await writeFile(join(work, 'go.mod'), 'module test/program\n\ngo 1.19\n');
  await writeFile(join(work, 'main.go'), text);
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin`, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  await execa('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', 'program', '.'], { cwd: work, env });
  return join(work, 'program');
}

test('a delta of two builds of a program is a fraction of it, and is loaded through the built CLI', async () => {
  const [old, fresh] = [await compile('1', program('')), await compile('2', program(added))];
  await rm(join(context, 'large'), { force: true });
  for (const [version, file] of [
    ['1', old],
    ['2', fresh],
  ] as const) {
    await writeFile(join(context, 'program'), await readFile(file));
    expectSuccess(await sealer(['build', '-t', `prog:${version}`, '--type', 'app-installer', context]));
  }
  const saved = expectSuccess(
    await sealer(['save', '--base', 'prog:1', 'prog:2', '-o', path('delta.tar'), '--json']),
  ).result;
  expect(saved.delta.whole).toEqual([]);
  expect(saved.bytes).toBeLessThan(saved.fullBytes / 3);
  expectSuccess(await sealer(['save', 'prog:1', '-o', path('base.tar')]));
  const target = sealerIn(path('delta-home'));
  const refused = await target(['load', '-i', path('delta.tar')]);
  expect(refused.stderr).toMatch(/prog:1.*DELTA_BASE_MISSING/s);
  expectSuccess(await target(['load', '-i', path('base.tar')]));
  expectSuccess(await target(['load', '-i', path('delta.tar')]));
  expect(await digestIn(target, 'docker.io/library/prog:2')).toBe(await digestIn(sealer, 'docker.io/library/prog:2'));
  const text = expectSuccess(await sealer(['save', '--base', 'prog:1', 'prog:2', '-o', path('delta.tar')])).stdout;
  expect(text).toMatch(/1 layers of .* as patches of .*, proven by digest/);
});

test("a layer compressed by Go's gzip is carried whole, and the reason is said", async () => {
  const gzip = path('go-1/program');
  const store = await openStore(path('go-home/store'));
  const byGo = async (tar: Buffer) => {
    await writeFile(path('layer.tar'), tar);
    await execa('sh', ['-c', `${gzip} < ${path('layer.tar')} > ${path('layer.tar.gz')}`]);
    return await readFile(path('layer.tar.gz'));
  };
  for (const [version, file] of [
    ['1', 'go-1/program'],
    ['2', 'go-2/program'],
  ] as const) {
    const rootfs = await tarOfOne('bin/program', await readFile(path(file)));
    await putTestClusterImage(store, { name: `go:${version}`, rootfs, compress: byGo });
  }
  const { delta, bytes, fullBytes } = await saveImages(store, ['go:2'], path('go.tar'), { base: 'go:1' });
  expect(delta?.patched).toEqual([]);
  expect(delta?.whole).toEqual([expect.objectContaining({ reason: expect.stringContaining('not of sealer or zlib') })]);
  expect(bytes).toBeGreaterThan(fullBytes * 0.9);
});

async function tarOfOne(file: string, content: Buffer): Promise<Buffer> {
  const { pack } = await import('tar-stream');
  const { buffer } = await import('node:stream/consumers');
  const tar = pack();
  tar.entry({ name: file, mode: 0o755, mtime: new Date(0) }, content);
  tar.finalize();
  return await buffer(tar as unknown as NodeJS.ReadableStream);
}
