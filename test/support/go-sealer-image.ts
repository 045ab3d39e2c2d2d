/**
 * Images as Go sealer (0.9 and later) makes them, by the same means: buildah builds the rootfs with the annotation
 * `sealer.image.extension`, the data of a CNCF registry goes into a further layer, the list of images into a second annotation.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { account, startDockerRegistry } from './docker-registry.js';
import { requireSkopeo, skopeo } from './skopeo.js';

const aptScript = fileURLToPath(new URL('apt.sh', import.meta.url));

export interface GoSealerImageOptions {
  /** Full name with tag. */
  name: string;
  /** Folder for everything that is made; on a disk with room for three times the image. */
  work: string;
  /** The rootfs without registry/. */
  rootfs: string;
  /** Lines of the Dockerfile after `FROM scratch`. Default: one COPY of everything. */
  lines?: readonly string[];
  /** Where each container image is: skopeo's source, such as `oci:DIR:REF`. */
  containerImages: readonly { image: string; source: string; appName?: string }[];
  extension: Record<string, unknown>;
  labels: Readonly<Record<string, string>>;
}

export interface GoSealerImage extends AsyncDisposable {
  /** Writes it as `sealer save` of Go sealer does by default. */
  saveOciArchive(path: string): Promise<void>;
  /** Pushes it into a registry of docker-registry.ts; resolves to the manifest's digest. */
  push(registry: { host: string; certificates: string }, repository: string): Promise<string>;
}

export async function buildGoSealerImage(options: GoSealerImageOptions): Promise<GoSealerImage> {
  const { work, name, labels, extension } = options;
  await requireSkopeo();
  await mkdir(work, { recursive: true });
  const buildah = await openBuildah(work);
  await fillRegistryFolder(join(work, 'registry'), options.containerImages);
  const dockerfile = join(work, 'Dockerfile');
  await writeFile(dockerfile, ['FROM scratch', ...(options.lines ?? ['COPY . .'])].join('\n'));
  const annotation = (key: string, value: unknown) => ['--annotation', `${key}=${JSON.stringify(value)}`];
  const said = {
    buildClient: { sealerVersion: 'v0.11.0', buildahVersion: '1.29.1' },
    schemaVersion: 'v1alpha1',
    ...extension,
  };
  const labelFlags = Object.entries({ 'io.sealer.version': 'v0.11.0', ...labels }).flatMap(([key, value]) => [
    '--label',
    `${key}=${value}`,
  ]);
  const base = `${name}-base`;
  const build = ['bud', '--layers', '--isolation', 'chroot', ...annotation('sealer.image.extension', said)];
  await buildah(...build, ...labelFlags, '-t', base, '-f', dockerfile, options.rootfs);
  const container = (await buildah('from', '--pull-never', base)).trim();
  await buildah('copy', '-q', container, join(work, 'registry'), '/registry');
  const list = options.containerImages.map(({ image, appName }) => ({
    image,
    ...(appName ? { appName } : {}),
    platform: { architecture: 'amd64', os: 'linux' },
  }));
  await buildah('config', ...annotation('sealer.image.container.images', list), container);
  await buildah('commit', '-q', '--rm', container, name);
  await rm(join(work, 'registry'), { recursive: true });
  return {
    saveOciArchive: async (path) => {
      await buildah('push', '-q', name, `oci-archive:${path}:${name}`);
    },
    push: async ({ host, certificates }, repository) => {
      const target = `docker://${host}/${repository}`;
      const digestFile = join(work, 'digest');
      const access = ['--cert-dir', certificates, '--creds', `${account.username}:${account.password}`];
      await buildah('push', '-q', ...access, '--digestfile', digestFile, name, target);
      return (await readFile(digestFile, 'utf8')).trim();
    },
    [Symbol.asyncDispose]: async () => {
      await buildah('rmi', '-a', '-f').catch(() => undefined);
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** With a storage of its own below `work`; overlay where the kernel gives it, else vfs. */
async function openBuildah(work: string): Promise<(...words: string[]) => Promise<string>> {
  if (!(await execa('buildah', ['--version']).catch(() => undefined))) await execa(aptScript, ['install', 'buildah']);
  const policy = join(work, 'policy.json');
  await writeFile(policy, '{"default": [{"type": "insecureAcceptAnything"}]}');
  const call = (driver: string) => {
    const storage = ['--root', join(work, 'storage'), '--runroot', join(work, 'run'), '--storage-driver', driver];
    return async (...words: string[]) => {
      const checked = ['bud', 'from', 'commit', 'push'].includes(words[0] as string);
      const [command, ...rest] = words as [string, ...string[]];
      const argv = [...storage, command, ...(checked ? ['--signature-policy', policy] : []), ...rest];
      return (await execa('buildah', argv)).stdout;
    };
  };
  const overlay = call('overlay');
  try {
    await overlay('rm', (await overlay('from', 'scratch')).trim());
    return overlay;
  } catch {
    await rm(join(work, 'storage'), { recursive: true, force: true });
    return call('vfs');
  }
}

/** Data of a real registry, into which the images were pushed by the names Go sealer gives them: without their domain. */
async function fillRegistryFolder(folder: string, images: GoSealerImageOptions['containerImages']): Promise<void> {
  const serving = `${folder}-serving`;
  await mkdir(serving, { recursive: true });
  await mkdir(folder, { recursive: true });
  const registry = await startDockerRegistry(serving);
  try {
    const access = [
      '--dest-cert-dir',
      registry.certificates,
      '--dest-creds',
      `${account.username}:${account.password}`,
    ];
    for (const { image, source } of images)
      await skopeo(
        'copy',
        '-q',
        '--all',
        '--preserve-digests',
        ...access,
        source,
        `docker://${registry.host}/${withoutDomain(image)}`,
      );
    if (images.length > 0) await rename(join(serving, 'data', 'docker'), join(folder, 'docker'));
  } finally {
    await registry[Symbol.asyncDispose]();
    await rm(serving, { recursive: true, force: true });
  }
}

function withoutDomain(image: string): string {
  return image.split('/').slice(1).join('/');
}
