import { expect, test } from 'vitest';
import { bundledType, isLayerType, layerFormat, rootfsType } from './layer-types.js';
import { manifestMediaTypes } from './manifest-document.js';

const ours = 'application/vnd.sealer.bundle.';

test.each([
  ['application/vnd.oci.image.index.v1+json', 'index.v1+json', undefined],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'index.v1+json', undefined],
  ['application/vnd.oci.image.manifest.v1+json', 'manifest.v1+json', undefined],
  ['application/vnd.docker.distribution.manifest.v2+json', 'manifest.v1+json', undefined],
  ['application/vnd.oci.image.config.v1+json', 'config.v1+json', undefined],
  ['application/vnd.docker.container.image.v1+json', 'config.v1+json', undefined],
  ['application/vnd.cncf.helm.config.v1+json', 'config.v1+json', undefined],
  ['application/vnd.oci.image.layer.v1.tar', 'v1.tar', 'none'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'v1.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'v1.tar+gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'v1.tar+gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'v1.tar+zstd', undefined],
  ['application/x.unheard-of', 'v1', undefined],
])('%s lies in a cluster image as %s', (mediaType, type, format) => {
  expect(bundledType(mediaType)).toBe(`${ours}${type}`);
  // An image built FROM another takes its entries over.
  expect(bundledType(`${ours}${type}`)).toBe(`${ours}${type}`);
  expect(manifestMediaTypes).not.toContain(bundledType(mediaType));
  expect(layerFormat(mediaType)).toBe(format);
  expect(layerFormat(`${ours}${type}`)).toBe(format);
  expect(isLayerType(`${ours}${type}`)).toBe(!type.endsWith('json'));
});

test('the rootfs is tar and gzip', () => {
  expect(layerFormat(rootfsType)).toBe('gzip');
  expect(isLayerType(rootfsType)).toBe(true);
});
