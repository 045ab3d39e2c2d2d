/** The programs by which others copy images: crane, oras, regctl, skopeo, each told alike what to copy. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { account, type RunningRegistry } from './docker-registry.js';
import { requireSkopeo } from './skopeo.js';

const run = promisify(execFile);
const script = fileURLToPath(new URL('image-tools.sh', import.meta.url));

export const imageTools = ['crane', 'oras', 'regctl', 'skopeo'] as const;
export type ImageTool = (typeof imageTools)[number];

export interface ImageCopier {
  /** Standard output. */
  (...words: string[]): Promise<string>;
  /** From one name in a registry to another, with what refers to it where the tool can. */
  copy(from: string, to: string): Promise<unknown>;
  /** Into an OCI layout, under the reference name `copied`. */
  toLayout(from: string, layout: string): Promise<unknown>;
  fromLayout(layout: string, to: string): Promise<unknown>;
}

/** @param directory for its settings; the program is built when it is not in the cache */
export async function imageTool(tool: ImageTool, directory: string, registry: RunningRegistry): Promise<ImageCopier> {
  if (tool === 'skopeo') await requireSkopeo();
  const program = tool === 'skopeo' ? tool : (await run(script, [tool])).stdout.trim();
  await mkdir(directory, { recursive: true });
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  const logins = join(directory, 'config.json');
  await writeFile(logins, JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const env = {
    ...process.env,
    HOME: directory,
    DOCKER_CONFIG: directory,
    REGISTRY_AUTH_FILE: logins,
    SSL_CERT_FILE: join(registry.certificates, 'ca.crt'),
  };
  const call = async (...words: string[]) =>
    (await run(program, words, { env, cwd: directory, maxBuffer: 16 * 1024 * 1024, timeout: 60_000 })).stdout;
  const regctl = ['image', 'copy', '--referrers', '--digest-tags'];
  const skopeo = ['--insecure-policy', 'copy', '--all', '--preserve-digests'];
  const ways: Record<ImageTool, () => ImageCopier> = {
    crane: () =>
      Object.assign(call, {
        copy: (from: string, to: string) => call('copy', from, to),
        toLayout: (from: string, layout: string) => call('pull', '--format', 'oci', from, layout),
        fromLayout: (layout: string, to: string) => call('push', layout, to),
      }),
    oras: () =>
      Object.assign(call, {
        copy: (from: string, to: string) => call('cp', '-r', from, to),
        toLayout: (from: string, layout: string) => call('cp', '-r', '--to-oci-layout', from, `${layout}:copied`),
        fromLayout: (layout: string, to: string) => call('cp', '-r', '--from-oci-layout', `${layout}:copied`, to),
      }),
    regctl: () =>
      Object.assign(call, {
        copy: (from: string, to: string) => call(...regctl, from, to),
        toLayout: (from: string, layout: string) => call(...regctl, from, `ocidir://${layout}:copied`),
        fromLayout: (layout: string, to: string) => call(...regctl, `ocidir://${layout}:copied`, to),
      }),
    skopeo: () =>
      Object.assign(call, {
        copy: (from: string, to: string) => call(...skopeo, `docker://${from}`, `docker://${to}`),
        toLayout: (from: string, layout: string) => call(...skopeo, `docker://${from}`, `oci:${layout}:copied`),
        fromLayout: (layout: string, to: string) => call(...skopeo, `oci:${layout}:copied`, `docker://${to}`),
      }),
  };
  return ways[tool]();
}
