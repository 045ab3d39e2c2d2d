/** What is no cluster image goes through the store unharmed: a chart pushed by the real helm, and an artifact of types nobody knows. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadImages } from '../../packages/core/src/archive/load-archive.js';
import { saveImages } from '../../packages/core/src/archive/save-archive.js';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { mediaTypes } from '../../packages/core/src/image/media-types.js';
import { pullImage } from '../../packages/core/src/registry/pull-image.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { listReferrers, pushReferrer } from '../../packages/core/src/registry/referrers.js';
import { createRegistryClient } from '../../packages/core/src/registry/registry-client.js';
import { Secret } from '../../packages/core/src/secrets/secret.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { account, type RunningRegistry, registryVersions, startDockerRegistry } from '../support/docker-registry.js';
import { helmProgram } from '../support/helm.js';

describe.each(registryVersions)('distribution %s', (version) => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let registry: RunningRegistry;
  let access: { sealerHome: string };
  let helm: string;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    helm = await helmProgram();
    registry = await startDockerRegistry(folder.path, { version });
    access = { sealerHome: join(folder.path, 'home') };
    await mkdir(access.sealerHome);
    const settings = `registries:\n  ${registry.host}:\n    ca: ${registry.certificates}/ca.crt\n`;
    await writeFile(join(access.sealerHome, 'registries.yaml'), settings);
    const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    await writeFile(join(access.sealerHome, 'auth.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  }, 600_000);
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const client = () =>
    createRegistryClient({
      baseUrl: `https://${registry.host}`,
      ca: registry.ca,
      credentials: { username: account.username, password: new Secret(account.password) },
    });

  /** Pull, save, load elsewhere, push under another name. The digest in the registry afterwards. */
  async function roundTrip(name: string, copy: string) {
    const label = copy.replaceAll(/\W/g, '-');
    const first = await openStore(join(folder.path, label, 'first'));
    const pulled = await pullImage(first, name, access);
    const archive = join(folder.path, label, 'it.tar');
    await saveImages(first, [name], archive);
    const second = await openStore(join(folder.path, label, 'second'));
    await loadImages(second, archive);
    const pushed = await pushImage(second, name, { ...access, to: `${registry.host}/${copy}` });
    const registryClient = client();
    const [path = '', tag = ''] = copy.split(':');
    const there = await registryClient.getManifest(path, tag);
    await registryClient.close();
    expect(pushed.digest).toBe(pulled.digest);
    return { digest: there.digest, pulled: pulled.digest, bytes: there.bytes };
  }

  test('a chart that helm pushed comes back as it was, and helm reads the copy', async () => {
    const trust = ['--ca-file', join(registry.certificates, 'ca.crt')];
    const options = {
      cwd: folder.path,
      env: { ...process.env, HELM_REGISTRY_CONFIG: join(folder.path, 'helm.json'), HOME: folder.path },
    };
    await execa(helm, ['create', 'shop'], options);
    const { stdout: packed } = await execa(helm, ['package', 'shop', '--version', '1.2.3'], options);
    expect(packed).toContain('shop-1.2.3.tgz');
    await execa(
      helm,
      ['registry', 'login', registry.host, '-u', account.username, '-p', account.password, ...trust],
      options,
    );
    await execa(helm, ['push', 'shop-1.2.3.tgz', `oci://${registry.host}/charts`, ...trust], options);
    const { digest, pulled, bytes } = await roundTrip(`${registry.host}/charts/shop:1.2.3`, 'copy/shop:1.2.3');
    expect(digest).toBe(pulled);
    expect(JSON.parse(String(bytes)).config.mediaType).toBe('application/vnd.cncf.helm.config.v1+json');
    const rendered = await execa(
      helm,
      ['template', `oci://${registry.host}/copy/shop`, '--version', '1.2.3', ...trust],
      options,
    );
    expect(rendered.stdout).toContain('kind: Deployment');
  });

  test('an artifact of unknown types keeps its digest, and so does what refers to it', async () => {
    const registryClient = client();
    const put = async (mediaType: string, bytes: Buffer) => {
      await registryClient.uploadBlob('odd/thing', digestOf(bytes), bytes.length, () => Readable.from([bytes]));
      return { mediaType, digest: digestOf(bytes), size: bytes.length };
    };
    const layers = [
      await put('application/x.unheard-of', randomBytes(200_000)),
      await put('text/plain; charset=utf-8', Buffer.from('x')),
    ];
    const config = await put('application/vnd.oci.empty.v1+json', Buffer.from('{}'));
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'application/x.thing',
      config,
      layers,
      annotations: { a: 'b' },
    };
    // Spaces that no program of ours would write.
    const bytes = Buffer.from(`${JSON.stringify(document, undefined, 3)}\n`);
    const digest = await registryClient.putManifest('odd/thing', '1', mediaTypes.ociManifest, bytes);
    const copied = await roundTrip(`${registry.host}/odd/thing:1`, 'copy/thing:1');
    expect(copied).toMatchObject({ digest, pulled: digest });
    expect(copied.bytes.equals(bytes)).toBe(true);

    const subject = { mediaType: mediaTypes.ociManifest, digest, size: bytes.length };
    const note = Buffer.from(JSON.stringify({ ...document, artifactType: 'application/x.note', subject }));
    const referrer = {
      bytes: note,
      mediaType: mediaTypes.ociManifest,
      digest: digestOf(note),
      artifactType: 'application/x.note',
    };
    await pushReferrer(registryClient, 'odd/thing', referrer, subject);
    await pushReferrer(registryClient, 'odd/thing', referrer, subject);
    expect(await listReferrers(registryClient, 'odd/thing', digest, { artifactType: 'application/x.note' })).toEqual([
      expect.objectContaining({ digest: referrer.digest, size: note.length }),
    ]);
    expect(await listReferrers(registryClient, 'odd/thing', digestOf('nothing'))).toEqual([]);
    await registryClient.close();
  });
});
