/** binfmt_misc(5 of the kernel's admin guide): which foreign programs the kernel hands to an emulator. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** ELF e_machine (bytes 18 and 19), in the byte order of the architecture, as hex. */
const machines: Record<string, string> = {
  amd64: '3e00',
  arm64: 'b700',
  arm: '2800',
  '386': '0300',
  ppc64le: '1500',
  riscv64: 'f300',
  s390x: '0016',
  mips64le: '0800',
  loong64: '0201',
};

export async function handlerFor(
  architecture: string,
  directory = '/proc/sys/fs/binfmt_misc',
): Promise<{ found: true } | { found: false; reason: string }> {
  const names = (await readdir(directory).catch(() => [] as string[])).filter(
    (name) => name !== 'register' && name !== 'status',
  );
  const entries = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(directory, name), 'utf8').catch(() => '') })),
  );
  const entry = entries.find(({ text }) => /^enabled/.test(text) && isFor(text, architecture));
  if (!entry) return { found: false, reason: `binfmt_misc has no handler for ${architecture} programs` };
  // Without F the emulator would be looked for inside the rootfs.
  if (!/^flags: .*F/m.test(entry.text))
    return { found: false, reason: `the handler ${entry.name} of binfmt_misc is registered without the flag F` };
  return { found: true };
}

function isFor(text: string, architecture: string): boolean {
  const magic = /^magic ([0-9a-f]+)$/m.exec(text)?.[1] ?? '';
  const offset = Number(/^offset (\d+)$/m.exec(text)?.[1] ?? 0);
  return offset === 0 && magic.startsWith('7f454c46') && magic.slice(36, 40) === machines[architecture];
}
