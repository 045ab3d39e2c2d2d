/** RUN for another architecture, by a real emulator that is registered with the kernel for the time of the test. */
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { entriesOf, requireRunTools } from '../support/run-tools.js';
import { expectSuccess, sealerIn } from '../support/sealer.js';

const aptScript = fileURLToPath(new URL('../support/apt.sh', import.meta.url));
const binfmt = '/proc/sys/fs/binfmt_misc';
const name = 'sealer-test-aarch64';

/** A static arm64 program of one page: mkdir("/from-arm64", 0755), exit(0). */
function program(): Buffer {
  const code = [0x92800c60, 0x100000e1, 0xd2803da2, 0xd2800448, 0xd4000001, 0xd2800000, 0xd2800ba8, 0xd4000001];
  const text = Buffer.alloc(code.length * 4);
  for (const [index, word] of code.entries()) text.writeUInt32LE(word, index * 4);
  const data = Buffer.from('/from-arm64\0');
  const start = 64 + 56;
  const size = start + text.length + data.length;
  const header = Buffer.alloc(start);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  const base = 0x400000;
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(0xb7, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(base + start), 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  // One segment: load, readable and executable.
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(5, 68);
  for (const [at, value] of [
    [80, base],
    [88, base],
    [96, size],
    [104, size],
    [112, 0x1000],
  ] as const)
    header.writeBigUInt64LE(BigInt(value), at);
  return Buffer.concat([header, text, data]);
}

/** Without it there is no handler, whatever the machine has. */
async function register(): Promise<void> {
  if (
    !(await access('/usr/bin/qemu-aarch64-static').then(
      () => true,
      () => false,
    ))
  )
    await execa(aptScript, ['install', 'qemu-user-static']);
  if (
    !(await access(`${binfmt}/register`).then(
      () => true,
      () => false,
    ))
  ) {
    await execa('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binfmt]);
    onTestFinished(async () => void (await execa('umount', [binfmt])));
  }
  const hex = (bytes: string) => bytes.replace(/../g, '\\x$&');
  const magic = hex('7f454c460201010000000000000000000200b700');
  const mask = hex('ffffffffffffff00fffffffffffffffffeffffff');
  await writeFile(`${binfmt}/register`, `:${name}:M::${magic}:${mask}:/usr/bin/qemu-aarch64-static:F`);
  onTestFinished(async () => await writeFile(`${binfmt}/${name}`, '-1'));
}

test.runIf(process.arch === 'x64')(
  'a program of arm64 is executed when the kernel has a handler, and refused when it has none',
  async () => {
    await requireRunTools();
    await using folder = await temporaryDirectory();
    const context = join(folder.path, 'context');
    await mkdir(context);
    await writeFile(join(context, 'make'), program());
    await chmod(join(context, 'make'), 0o755);
    await writeFile(join(context, 'Kubefile'), 'FROM scratch\nCOPY make make\nRUN ["/make"]\n');
    const sealer = sealerIn(join(folder.path, 'home'));
    const build = (...words: string[]) =>
      sealer([
        'build',
        '-t',
        'arm:1',
        '--type',
        'app-installer',
        '--platform',
        'linux/arm64',
        ...words,
        context,
        '--json',
      ]);
    const isThere = await access(`${binfmt}/qemu-aarch64`).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      const refused = await build();
      expect(refused.stdout).toContain('RUN_PLATFORM_FOREIGN');
      expect(refused.code).toBe(2);
      await register();
    }
    for (const isolation of ['crun', 'runc', 'chroot']) {
      expectSuccess(await build('--no-cache', '--isolation', isolation));
      const { config } = expectSuccess(
        await sealer(['inspect', 'arm:1', '--platform', 'linux/arm64', '--json']),
      ).result;
      const digest = config.rootfs.at(-1).digest.slice('sha256:'.length);
      expect(await entriesOf(join(sealer.home, 'store/blobs/sha256', digest))).toEqual(['from-arm64/ drwxr-xr-x 0/0']);
    }
  },
  300_000,
);
