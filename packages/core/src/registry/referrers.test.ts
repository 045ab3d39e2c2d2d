import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Digest, ImageIndex } from '../image/descriptor.js';
import { digestOf } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import { FakeRegistry } from '../testing/fake-registry.js';
import { listReferrers, pushReferrer, referrersTag } from './referrers.js';
import { createRegistryClient } from './registry-client.js';

const code = (value: string) => expect.objectContaining({ code: value });
const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf('image'), size: 5 };

function referrer(artifactType: string, note: string) {
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 };
  const annotations = { note };
  const content = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: empty,
    layers: [empty],
    subject,
    annotations,
  };
  const bytes = Buffer.from(JSON.stringify(content));
  return { bytes, mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), artifactType, annotations };
}
const signature = referrer('application/x.signature', 'one');
const sbom = referrer('application/x.sbom', 'two');

test.each([true, false])(
  'referrers are pushed once and listed by type (registry with the API: %s)',
  async (referrersApi) => {
    await using registry = await FakeRegistry.start({ referrersApi });
    const client = createRegistryClient({ baseUrl: registry.url });
    expect(await listReferrers(client, 'a/b', subject.digest)).toEqual([]);
    await client.uploadBlob('a/b', digestOf('{}'), 2, () => Readable.from([Buffer.from('{}')]));
    for (const each of [signature, sbom, signature]) await pushReferrer(client, 'a/b', each, subject);
    const all = await listReferrers(client, 'a/b', subject.digest);
    expect(all.map(({ digest }) => digest).sort()).toEqual([signature.digest, sbom.digest].sort());
    expect(await listReferrers(client, 'a/b', subject.digest, { artifactType: 'application/x.sbom' })).toEqual([
      expect.objectContaining({ digest: sbom.digest, size: sbom.bytes.length, annotations: { note: 'two' } }),
    ]);
    expect(registry.manifests.has(`a/b:${referrersTag(subject.digest)}`)).toBe(!referrersApi);
    await client.close();
  },
);

test('an entry that somebody else overwrote is added again', async () => {
  let overwritten = false;
  await using registry = await FakeRegistry.start({
    intercept: (request, response) => {
      if (request.method !== 'PUT' || !request.url?.includes('/sha256-') || overwritten) return false;
      overwritten = true;
      // Another client's list arrives right after ours.
      const index: ImageIndex = {
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [{ ...subject, digest: sbom.digest }],
      };
      const bytes = Buffer.from(JSON.stringify(index));
      registry.manifests.set(`a:${referrersTag(subject.digest)}`, { mediaType: mediaTypes.ociIndex, bytes });
      request.resume().on('end', () => response.writeHead(201).end());
      return true;
    },
  });
  const client = createRegistryClient({ baseUrl: registry.url });
  await pushReferrer(client, 'a', signature, subject);
  const listed: Digest[] = (await listReferrers(client, 'a', subject.digest)).map(({ digest }) => digest);
  expect(listed).toEqual([sbom.digest, signature.digest]);
  await client.close();
});

test('what is not a list is left alone, and a page in its place is not one', async () => {
  await using registry = await FakeRegistry.start();
  const client = createRegistryClient({ baseUrl: registry.url });
  registry.manifests.set(`a:${referrersTag(subject.digest)}`, signature);
  await expect(pushReferrer(client, 'a', sbom, subject)).rejects.toEqual(code('IMAGE_MANIFEST_INVALID'));
  expect(registry.manifests.get(`a:${referrersTag(subject.digest)}`)).toBe(signature);
  await client.close();
});
