/** Bearer tokens as Docker Hub, GitLab and Harbor give them: CNCF distribution verifies those of a real token server. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStore } from '../../packages/core/src/go-sealer/open-store.js';
import { digestOf } from '../../packages/core/src/image/digest.js';
import { pullImage } from '../../packages/core/src/registry/pull-image.js';
import { pushImage } from '../../packages/core/src/registry/push-image.js';
import { createRegistryClient } from '../../packages/core/src/registry/registry-client.js';
import { Secret } from '../../packages/core/src/secrets/secret.js';
import { putTestClusterImage } from '../../packages/core/src/testing/cluster-image.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import {
  account,
  type RunningRegistry,
  refreshToken,
  registryVersions,
  startDockerRegistry,
} from '../support/docker-registry.js';
import { sealerIn } from '../support/sealer.js';

const code = (value: string) => expect.objectContaining({ code: value });

describe.each(registryVersions)('distribution %s with a token server', (version) => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let registry: RunningRegistry;
  const asked = () => registry.tokens?.requests.splice(0) ?? [];

  beforeAll(async () => {
    folder = await temporaryDirectory();
    registry = await startDockerRegistry(folder.path, { version, auth: 'token' });
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** A home that trusts the registry, with these lines in its auth.json. */
  async function homeWith(label: string, auths: object, more: object = {}) {
    const sealerHome = join(folder.path, label);
    await mkdir(sealerHome, { recursive: true });
    await writeFile(
      join(sealerHome, 'registries.yaml'),
      `registries:\n  ${registry.host}:\n    ca: ${registry.certificates}/ca.crt\n`,
    );
    await writeFile(join(sealerHome, 'auth.json'), JSON.stringify({ auths: { [registry.host]: auths }, ...more }));
    return { sealerHome };
  }
  const password = { auth: Buffer.from(`${account.username}:${account.password}`).toString('base64') };

  test('push, mount from another repository, pull: the scopes asked for are those needed', async () => {
    const access = await homeWith('password', password);
    const store = await openStore(join(access.sealerHome, 'store'));
    const name = `${registry.host}/team/shop:1`;
    const { digest } = await putTestClusterImage(store, { name, rootfs: randomBytes(300_000) });
    expect((await pushImage(store, name, access)).sent).toBe(2);
    expect(asked()).toContain('GET ops repository:team/shop:pull,push');
    const moved = await pushImage(store, name, { ...access, to: `${registry.host}/public/shop:1` });
    expect(moved).toMatchObject({ sent: 0, sentBytes: 0 });
    expect(asked()).toContain('GET ops repository:public/shop:pull,push repository:team/shop:pull');
    const other = await openStore(join(folder.path, 'other'));
    expect((await pullImage(other, name, access)).digest).toBe(digest);
  });

  test('anybody may pull what is public, and only that', async () => {
    const access = await homeWith('anonymous', {});
    const store = await openStore(join(access.sealerHome, 'store'));
    await pullImage(store, `${registry.host}/public/shop:1`, access);
    expect(asked().every((line) => line.startsWith('GET anonymous'))).toBe(true);
    await expect(pullImage(store, `${registry.host}/team/shop:1`, access)).rejects.toEqual(
      code('REGISTRY_UNAUTHORIZED'),
    );
  });

  test('an identity token is exchanged by POST, also one of a credential helper', async () => {
    const access = await homeWith('identity', { ...password, identitytoken: refreshToken });
    const store = await openStore(join(access.sealerHome, 'store'));
    asked();
    await pullImage(store, `${registry.host}/team/shop:1`, access);
    expect(asked()).toContain('POST ops repository:team/shop:pull');
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    const script = `#!/bin/sh\ncat > /dev/null\necho '{"Username":"<token>","Secret":"${refreshToken}"}'\n`;
    await writeFile(join(bin, 'docker-credential-lab'), script, { mode: 0o755 });
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
    const helped = await homeWith('helper', {}, { credHelpers: { [registry.host]: 'lab' } });
    const second = await openStore(join(helped.sealerHome, 'store'));
    await pullImage(second, `${registry.host}/team/shop:1`, helped);
    expect(asked()).toContain('POST ops repository:team/shop:pull');
    vi.unstubAllEnvs();
  });

  test('sealer login finds out whether the password is right, and keeps it for its user alone', async () => {
    const { sealerHome } = await homeWith('login', {});
    const sealer = sealerIn(sealerHome);
    const words = ['login', registry.host, '-u', account.username, '--password-stdin'];
    const wrong = await sealer(words, { input: 'not it' });
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('REGISTRY_UNAUTHORIZED');
    expect(await sealer(words, { input: account.password })).toMatchObject({ code: 0 });
    expect(await sealer(['tags', '--json', `${registry.host}/team/shop`])).toMatchObject({ code: 0, result: ['1'] });
  });

  test('a token that has run out is asked for anew', async () => {
    asked();
    const client = createRegistryClient({
      baseUrl: `https://${registry.host}`,
      ca: registry.ca,
      credentials: { username: account.username, password: new Secret(account.password) },
    });
    const bytes = randomBytes(1000);
    const upload = () => client.uploadBlob('team/again', digestOf(bytes), bytes.length, () => Readable.from([bytes]));
    await upload();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 3_600_000);
    await client.headBlob('team/again', digestOf(bytes)).finally(() => vi.useRealTimers());
    expect(asked().filter((line) => line === 'GET ops repository:team/again:pull').length).toBe(2);
    await client.close();
  });
});
