/** RUN and mount as a user who is not root: with a range of subordinate ids, and without. */
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import {
  addUser,
  entriesOf,
  requireRunTools,
  type TestUser,
  writeKubefile,
  writeRootfs,
} from '../support/run-tools.js';
import { expectSuccess, type Sealer, sealerIn } from '../support/sealer.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let context: string;

beforeAll(async () => {
  await requireRunTools();
  folder = await temporaryDirectory();
  await chmod(folder.path, 0o755);
  context = join(folder.path, 'context');
  await writeRootfs(context);
}, 300_000);
afterAll(() => folder[Symbol.asyncDispose]());

describe.each([
  ['with subordinate ids', true, ['crun', 'chroot']],
  ['alone', false, ['runc', 'crun', 'chroot']],
] as const)('a user %s', (_what, subids, isolations) => {
  let user: TestUser;
  let sealer: Sealer;
  /** The repository may lie where the user cannot read: it is bound elsewhere. */
  let prefix: string[];

  beforeAll(async () => {
    user = await addUser(`sealer-run-${subids ? 'ids' : 'one'}`, subids);
    sealer = sealerIn(join(user.home, 'sealer'));
    const bind =
      'mount -t tmpfs tmpfs /mnt; mkdir /mnt/repo; mount --bind "$1" /mnt/repo; cd /mnt/repo; root=$1; shift; exec "${@/#$root//mnt/repo}"';
    prefix = ['unshare', '--mount', 'bash', '-c', bind, 'bash', root.replace(/\/$/, ''), ...user.prefix];
  });
  afterAll(() => user.remove());

  const call = (words: string[]) => sealer(words, { prefix: [...prefix] });
  const build = async (words: string[], ...lines: string[]) => {
    await writeKubefile(context, ...lines);
    return expectSuccess(
      await call(['build', '-t', 'run:1', '--type', 'app-installer', '--no-cache', ...words, context, '--json']),
    );
  };
  const layer = async (): Promise<string[]> => {
    const { config } = expectSuccess(await sealer(['inspect', 'run:1', '--json'])).result;
    return await entriesOf(join(sealer.home, 'store/blobs/sha256', config.rootfs.at(-1).digest.slice(7)));
  };

  test('builds the same layers as root does, by each isolation', async () => {
    const lines = [
      'RUN mkdir -p /d/sub; echo x > /d/sub/f; chmod 4711 /d/sub/f; chmod 0 /d/sub',
      'RUN rm /bin/wc; rm -r /d; mkdir /d; ln /bin/busybox /bin/more',
    ];
    const asRoot = sealerIn(join(folder.path, 'home'));
    await writeKubefile(context, ...lines);
    const words = ['build', '-t', 'run:1', '--type', 'app-installer', context, '--json'];
    const { digest } = expectSuccess(await asRoot(words)).result;
    for (const isolation of isolations)
      expect((await build(['--isolation', isolation], ...lines)).result.digest).toBe(digest);
  });

  test(subids ? 'owners are kept' : 'every file belongs to 0:0', async () => {
    if (subids) {
      await build([], 'RUN touch /a; chown 5:6 /a; chmod 400 /a');
      expect(await layer()).toEqual(['a -r-------- 5/6']);
    } else {
      await build([], 'RUN touch /a; chown 5:6 /a 2> /dev/null || echo refused > /b');
      expect(await layer()).toEqual(['a -rw-r--r-- 0/0', 'b -rw-r--r-- 0/0']);
    }
  });

  test('caches, secrets and networks as for root', async () => {
    const flags = '--network=none --mount=type=cache,target=/c --mount=type=secret,id=s --mount=target=/ctx,source=bin';
    const built = await build(
      ['--secret', 'id=s,env=HOME'],
      `RUN ${flags} echo $(wc -c < /run/secrets/s) > /c/n; ls /ctx | grep -c busybox; ip -o link | grep -vc lo: || :`,
      'RUN --mount=type=cache,target=/c cat /c/n',
    );
    const texts = built.events.map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(['  | 1', '  | 0', `  | ${user.home.length}`]));
    expect(await layer()).toEqual([]);
  });

  test('mount unpacks; umount and prune take everything away, whoever it belongs to', async () => {
    const place = join(user.home, 'shown');
    await build([], 'RUN mkdir /shut; echo x > /shut/f; chmod 0 /shut; rm /bin/wc');
    expect(expectSuccess(await call(['mount', 'run:1', place])).stdout.trim()).toBe(place);
    expect(await readdir(place)).toContain('shut');
    expect(await readdir(join(place, 'bin'))).not.toContain('wc');
    const write = await execa(user.prefix[0] as string, [
      ...user.prefix.slice(1),
      'touch',
      join(place, 'bin/new'),
    ]).catch((cause) => cause);
    expect(write.stderr).toContain('Permission denied');
    expect(expectSuccess(await call(['mount', '--json'])).result).toMatchObject([{ directory: place, kind: 'copy' }]);
    expectSuccess(await call(['umount', place]));
    expect(await readdir(user.home)).not.toContain('shown');
    expectSuccess(await call(['prune']));
    expect(await readdir(join(sealer.home, 'build/rootfs'))).toEqual([]);
    expect(await readdir(join(sealer.home, 'build/run/caches'))).toEqual([]);
  });
});
