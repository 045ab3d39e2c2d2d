/** What RUN is tested with: runtimes, buildah as an independent builder, a rootfs of busybox, and a user who is not root. */
import { access, chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const aptScript = fileURLToPath(new URL('apt.sh', import.meta.url));
const programs: Record<string, string> = {
  '/usr/bin/crun': 'crun',
  '/usr/sbin/runc': 'runc',
  '/usr/bin/buildah': 'buildah',
  '/usr/bin/busybox': 'busybox-static',
  '/usr/bin/setfattr': 'attr',
  '/usr/bin/newuidmap': 'uidmap',
  '/sbin/setcap': 'libcap2-bin',
};

/** Installs them by apt-get where they are missing (root). */
export async function requireRunTools(): Promise<void> {
  const missing: string[] = [];
  for (const [path, name] of Object.entries(programs))
    if (
      !(await access(path).then(
        () => true,
        () => false,
      ))
    )
      missing.push(name);
  if (missing.length) await execa(aptScript, ['install', ...missing]);
}

const applets =
  'sh cat chmod chown cp echo env find grep head hostname id ip ln ls mkdir mkfifo mknod mv nc ps rm rmdir sed sleep sort stat touch true wc';

/** `bin/` with a static busybox, and dynamic programs with what they load. */
export async function writeRootfs(folder: string, ...dynamic: string[]): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(join(folder, '.sealerignore'), '.sealerignore\nKubefile\nContainerfile\nlayout\n');
  await copyFile('/usr/bin/busybox', join(folder, 'bin/busybox'));
  await chmod(join(folder, 'bin/busybox'), 0o755);
  for (const name of applets.split(' ')) await symlink('busybox', join(folder, 'bin', name));
  for (const program of dynamic) {
    const { stdout } = await execa('ldd', [program]);
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string);
    for (const path of [program, ...libraries]) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await copyFile(path, join(folder, path));
      await chmod(join(folder, path), 0o755);
    }
  }
}

export interface TestUser {
  name: string;
  home: string;
  /** Before a command line, to run it as this user. */
  prefix: string[];
  remove(): Promise<void>;
}

/** @param subids with a range of subordinate ids */
export async function addUser(name: string, subids: boolean): Promise<TestUser> {
  const remove = async () => {
    await execa('userdel', ['-r', name]).catch(() => undefined);
  };
  await remove();
  await execa('useradd', ['--create-home', '--shell', '/bin/sh', name]);
  for (const kind of ['uid', 'gid']) {
    const [entry] = await subordinate(kind, name);
    if (subids && !entry) await execa('usermod', [`--add-sub${kind}s`, '700000-765535', name]);
    if (!subids && entry) await execa('usermod', [`--del-sub${kind}s`, entry, name]);
  }
  const home = `/home/${name}`;
  const prefix = ['setpriv', '--reuid', name, '--regid', name, '--init-groups', 'env', `HOME=${home}`, `USER=${name}`];
  return { name, home, prefix, remove };
}

async function subordinate(kind: string, name: string): Promise<string[]> {
  const { stdout } = await execa('sh', ['-c', `grep "^$1:" /etc/sub${kind} || :`, 'sh', name]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':').map(Number))
    .map(([, start = 0, count = 0]) => `${start}-${start + count - 1}`);
}

/** Writes a Kubefile whose first lines are common to all of these tests. */
export async function writeKubefile(context: string, ...lines: string[]): Promise<void> {
  await writeFile(join(context, 'Kubefile'), ['FROM scratch', 'COPY . /', ...lines, ''].join('\n'));
}

/** `PATH TYPE MODE UID:GID TARGET` of each entry of a tar, white-outs as `PATH gone`, in order. */
export async function entriesOf(tarball: string): Promise<string[]> {
  const words = ['--numeric-owner', '--quoting-style=literal', '-tvzf', tarball];
  const { stdout } = await execa('tar', words);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [mode = '', owner = '', , , , ...rest] = line.split(/\s+/);
      const name = rest.join(' ');
      const whiteout = /^(.*\/)?\.wh\.([^/]*)$/.exec(name);
      if (whiteout)
        return whiteout[2] === '.wh..opq' ? `${whiteout[1]}* gone` : `${whiteout[1] ?? ''}${whiteout[2]} gone`;
      return `${name} ${mode} ${owner}`;
    })
    .sort();
}
