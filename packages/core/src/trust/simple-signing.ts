/**
 * Signatures as cosign 2 stores them: each a layer of the manifest under the tag `sha256-<hex>.sig`. The layer is a
 * document of containers/image (containers-signature(5)) that names the image's digest, its annotation the signature.
 */
import type { Descriptor, Digest, ImageManifest } from '../image/descriptor.js';
import { digestOf, hexOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import { type PrivateKey, signBytes } from './keys.js';

export const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const signatureAnnotation = 'dev.cosignproject.cosign/signature';

export interface SimpleSignature {
  payload: Buffer;
  layer: Descriptor;
}

export function signatureTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}.sig`;
}

/** @param repository name without tag; cosign calls it the claimed identity and does not compare it by default */
export function signSimply(subject: Digest, repository: string, key: PrivateKey): SimpleSignature {
  const document = {
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': subject },
      type: 'cosign container image signature',
    },
    optional: null,
  };
  const payload = Buffer.from(JSON.stringify(document));
  const annotations = { [signatureAnnotation]: signBytes(payload, key).toString('base64') };
  return {
    payload,
    layer: { mediaType: simpleSigningType, digest: digestOf(payload), size: payload.length, annotations },
  };
}

/** The digest a payload speaks of. @throws Error when it is something else */
export function subjectOfPayload(payload: Buffer): string {
  const { critical } = JSON.parse(payload.toString('utf8')) as {
    critical?: { type?: string; image?: { 'docker-manifest-digest'?: string } };
  };
  if (critical?.type !== 'cosign container image signature')
    throw new Error(`its payload is of type ${critical?.type}`);
  return String(critical.image?.['docker-manifest-digest']);
}

/** The manifest for a `.sig` tag; config and manifest have the form cosign's library writes. */
export function signatureManifest(layers: readonly Descriptor[]): { manifest: Buffer; config: Buffer } {
  const epoch = '0001-01-01T00:00:00Z';
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      created: epoch,
      history: layers.map(() => ({ created: epoch })),
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
      config: {},
    }),
  );
  const document: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, size: config.length, digest: digestOf(config) },
    layers: [...layers],
  };
  return { manifest: Buffer.from(JSON.stringify(document)), config };
}
