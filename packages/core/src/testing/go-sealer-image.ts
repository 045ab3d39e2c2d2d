/** An image in the form of Go sealer for unit tests: hand-made layers, so that they can be wrong in every way. */
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import type { Descriptor, Digest } from '../image/descriptor.js';
import { digestOf, hexOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import type { ImageStore } from '../store/store.js';

/** Path to content; a folder's path ends in a slash; a header for what is neither. */
export type TestLayer = Record<string, string | Buffer | Partial<Header>>;

export interface GoSealerImageOptions {
  name?: string;
  layers: readonly TestLayer[];
  /** Value of the annotation sealer.image.extension: JSON of an object, or text as it is. */
  extension?: object | string;
  containerImages?: readonly { image: string; appName?: string }[];
  labels?: Record<string, string>;
  /** Default amd64. */
  architecture?: string;
  compress?: (tar: Buffer) => Buffer;
  /** Of the n-th layer, when it should be a lie. */
  diffIds?: readonly Digest[];
}

/** Writes it into the store without a name. */
export async function putGoSealerImage(store: ImageStore, options: GoSealerImageOptions): Promise<Descriptor> {
  const tars = await Promise.all(options.layers.map(tarOf));
  const layers: Descriptor[] = [];
  for (const tar of tars) {
    const blob = await store.addBlob((options.compress ?? gzipSync)(tar));
    layers.push({ mediaType: options.compress ? mediaTypes.ociLayer : mediaTypes.ociLayerGzip, ...blob });
  }
  const config = {
    architecture: options.architecture ?? 'amd64',
    os: 'linux',
    config: { Labels: options.labels ?? {} },
    rootfs: { type: 'layers', diff_ids: options.diffIds ?? tars.map(digestOf) },
    history: tars.map((_, at) => ({ created_by: `/bin/sh -c #(nop) COPY layer ${at + 1}` })),
  };
  const extension = options.extension ?? { schemaVersion: 'v1alpha1', type: 'kube-installer', launch: {} };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, ...(await store.addBlob(Buffer.from(JSON.stringify(config)))) },
    layers,
    annotations: {
      'sealer.image.extension': typeof extension === 'string' ? extension : JSON.stringify(extension),
      ...(options.containerImages ? { 'sealer.image.container.images': JSON.stringify(options.containerImages) } : {}),
    },
  };
  return { mediaType: mediaTypes.ociManifest, ...(await store.addBlob(Buffer.from(JSON.stringify(manifest)))) };
}

async function tarOf(layer: TestLayer): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(layer)) {
    if (typeof content === 'string' || Buffer.isBuffer(content))
      tar.entry({ name, type: name.endsWith('/') ? 'directory' : 'file' }, content);
    else tar.entry({ name, ...content } as Header);
  }
  tar.finalize();
  return await buffer(tar as unknown as NodeJS.ReadableStream);
}

/** A container image as files of distribution's storage below `registry/`, under its tag. */
export function registryFiles(repository: string, tag: string, content: string, platforms: readonly string[] = []) {
  const files: Record<string, Buffer> = {};
  const put = (mediaType: string, value: object | Buffer): Descriptor => {
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
    const digest = digestOf(bytes);
    files[registryBlob(digest)] = bytes;
    return { mediaType, digest, size: bytes.length };
  };
  const image = (platform: string) => {
    const layer = put(mediaTypes.dockerLayerGzip, gzipSync(`${content} ${platform}`));
    const config = put(mediaTypes.dockerConfig, { architecture: platform, os: 'linux', content });
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers: [layer] };
    return put(mediaTypes.dockerManifest, manifest);
  };
  const root =
    platforms.length === 0
      ? image('amd64')
      : put(mediaTypes.dockerManifestList, {
          schemaVersion: 2,
          mediaType: mediaTypes.dockerManifestList,
          manifests: platforms.map((architecture) => ({
            ...image(architecture),
            platform: { architecture, os: 'linux' },
          })),
        });
  const link = `registry/docker/registry/v2/repositories/${repository}/_manifests/tags/${tag}/current/link`;
  return { files: { ...files, [link]: Buffer.from(root.digest) }, digest: root.digest, link };
}

export function registryBlob(digest: Digest): string {
  const hex = hexOf(digest);
  return `registry/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
}
