/** Container images of a benchmark context's files, as an OCI layout: layers gzipped, two an image. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { makeContext } from './contexts.mjs';

const mediaType = 'application/vnd.oci.image';

/**
 * @param options.bytes of all images together, before compression
 * @returns the folder of a build context: Kubefile, imageList, and the layout `oci`; `changed` is the same with another image 7
 */
export async function makeBundleContext(folder, { images, bytes }) {
  if (existsSync(join(folder, '.complete'))) return;
  const files = makeContext(`${folder}-files`, { bytes, files: (images + 1) * 4 });
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'oci', 'blobs', 'sha256'), { recursive: true });
  const layout = join(work, 'oci');
  const manifests = [];
  for (let image = 0; image <= images; image++) {
    const paths = [0, 1, 2, 3]
      .map((part) => image * 4 + part)
      .map((at) => join(files, `d${at % 40}`, `e${at % 7}`, `f${at}`));
    const layers = [await layer(layout, paths.slice(0, 2)), await layer(layout, paths.slice(2))];
    const config = {
      os: 'linux',
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: `${mediaType}.manifest.v1+json`,
      config: { mediaType: `${mediaType}.config.v1+json`, ...document(layout, config) },
      layers: layers.map(({ digest, size }) => ({ mediaType: `${mediaType}.layer.v1.tar+gzip`, digest, size })),
    };
    const name = `registry.bench/image-${image}:1`;
    manifests.push({
      mediaType: manifest.mediaType,
      ...document(layout, manifest),
      annotations: { 'org.opencontainers.image.ref.name': name },
    });
  }
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  const list = (numbers) =>
    numbers.map((at) => `registry.bench/image-${at}:1 from oci:oci:registry.bench/image-${at}:1\n`).join('');
  const numbers = Array.from({ length: images }, (_, at) => at);
  writeFileSync(join(work, 'Kubefile'), 'FROM scratch\nCOPY imageList manifests/imageList\n');
  writeFileSync(join(work, 'imageList'), list(numbers));
  // The last image takes the place of number 7.
  writeFileSync(join(work, 'changedList'), list(numbers.map((at) => (at === 7 ? images : at))));
  writeFileSync(join(work, 'Kubefile.changed'), 'FROM scratch\nCOPY changedList manifests/imageList\n');
  writeFileSync(join(work, '.complete'), '');
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
  rmSync(files, { recursive: true });
}

function document(layout, value) {
  const bytes = Buffer.from(JSON.stringify(value));
  const hex = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(layout, 'blobs', 'sha256', hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}

/** What sealer moves are bytes: the files one after the other do for a tar. */
async function layer(layout, paths) {
  const path = join(layout, 'layer');
  const before = createHash('sha256');
  const after = createHash('sha256');
  async function* content() {
    for (const file of paths)
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
        before.update(chunk);
        yield chunk;
      }
  }
  const count = new Transform({
    transform: (chunk, _encoding, done) => {
      after.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(content, createGzip(), count, createWriteStream(path));
  const hex = after.digest('hex');
  const { size } = statSync(path);
  renameSync(path, join(layout, 'blobs', 'sha256', hex));
  return { digest: `sha256:${hex}`, size, diffId: `sha256:${before.digest('hex')}` };
}
