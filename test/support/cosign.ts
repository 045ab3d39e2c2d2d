/** The real cosign, of both lines, without internet: no transparency log, no TUF. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { account, type RunningRegistry } from './docker-registry.js';

const script = fileURLToPath(new URL('cosign.sh', import.meta.url));

export type CosignLine = '2' | '3';

export interface Cosign {
  (words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** As `cosign generate-key-pair` makes them: paths of the private and the public key. */
  generateKeys(name: string): Promise<{ key: string; pub: string }>;
  /** Default form of the line. */
  sign(image: string, key: string, extra?: readonly string[]): ReturnType<Cosign>;
  verify(image: string, pub: string, extra?: readonly string[]): ReturnType<Cosign>;
}

export const keyPassword = 'a password of keys';

/** @param directory for its home, keys and settings; builds the program when it is not in the cache (minutes) */
export async function cosignOf(line: CosignLine, directory: string, registry: RunningRegistry): Promise<Cosign> {
  const program = (await execa(script, [line])).stdout.trim();
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  // Cosign 2.6 looks for sigstore's trusted root as soon as it sees a bundle, also when only a key counts.
  const trustedRoot = join(directory, 'trusted-root.json');
  await writeFile(trustedRoot, '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
  const env = {
    ...process.env,
    HOME: directory,
    DOCKER_CONFIG: directory,
    COSIGN_PASSWORD: keyPassword,
    SSL_CERT_FILE: join(registry.certificates, 'ca.crt'),
  };
  const cosign = async (words: readonly string[]) => {
    const options = { env, cwd: directory, timeout: 60_000, reject: false } as const;
    const { exitCode = 1, stdout, stderr } = await execa(program, words, options);
    return { code: exitCode, stdout, stderr };
  };
  const offline = line === '3' ? ['--tlog-upload=false', '--use-signing-config=false'] : ['--tlog-upload=false'];
  const root = line === '2' ? ['--trusted-root', trustedRoot] : [];
  return Object.assign(cosign, {
    generateKeys: async (name: string) => {
      await execa(program, ['generate-key-pair', '--output-key-prefix', name], { env, cwd: directory });
      return { key: join(directory, `${name}.key`), pub: join(directory, `${name}.pub`) };
    },
    sign: (image: string, key: string, extra: readonly string[] = []) =>
      cosign(['sign', '--key', key, ...offline, '--yes', ...extra, image]),
    verify: (image: string, pub: string, extra: readonly string[] = []) =>
      cosign(['verify', '--key', pub, '--insecure-ignore-tlog=true', ...root, ...extra, image]),
  });
}
