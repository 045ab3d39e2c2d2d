/** COPY and ADD from Kubefile to layers, over a base image: what is in the rootfs then, and that everyone will unpack it. */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SealerError } from '../errors/sealer-error.js';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { type Files, TrialBuilds } from '../testing/trial-builds.js';
import { lintImage } from './lint-image.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let trial: TrialBuilds;

beforeEach(async () => {
  folder = await temporaryDirectory();
  trial = new TrialBuilds(folder.path, await openStore(join(folder.path, 'store')));
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Lines of the base, files and lines of the child, and what of the rootfs is looked at. */
test.each<[string, Files, string, Files, string, RegExp, string[]]>([
  [
    'a folder of the base takes the file',
    { 'manifests/a.yaml': '' },
    'COPY manifests manifests',
    { imageList: '' },
    'COPY imageList manifests',
    /./,
    ['manifests/ 755 0:0', 'manifests/a.yaml 644 0:0', 'manifests/imageList 644 0:0'],
  ],
  [
    'a folder of an application',
    { 'a.yaml': '' },
    'APP web local://a.yaml\nCOPY a.yaml application',
    { b: '' },
    'COPY b application/apps/web',
    /web\//,
    ['application/apps/web/ 755 0:0', 'application/apps/web/a.yaml 644 0:0', 'application/apps/web/b 644 0:0'],
  ],
  [
    'a link of the base',
    { 'd/lib': '-> usr/lib', 'd/usr/lib/a': '' },
    'COPY d /',
    { b: '' },
    'COPY b lib/b\nCOPY b lib',
    /lib/,
    ['lib -> usr/lib', 'usr/lib/ 755 0:0', 'usr/lib/a 644 0:0', 'usr/lib/b 644 0:0'],
  ],
  [
    'folders that are there keep owner and mode',
    { 'd/x': '' },
    'COPY --chmod=1777 --chown=1:2 d tmp',
    { 'e/sub/f': '', f: '' },
    'COPY f tmp/\nCOPY e tmp\nCOPY f tmp/new/',
    /./,
    [
      'tmp/ 1777 1:2',
      'tmp/f 644 0:0',
      'tmp/new/ 755 0:0',
      'tmp/new/f 644 0:0',
      'tmp/sub/ 755 0:0',
      'tmp/sub/f 644 0:0',
      'tmp/x 1777 1:2',
    ],
  ],
  [
    'new folders belong to whom the file belongs, and a mode is for what is copied',
    {},
    '',
    { f: '', 'd/e/f': '' },
    'COPY --chown=3:4 --chmod=600 f a/b/\nCOPY --chmod=u=rwX,go= d m',
    /./,
    ['a/ 755 3:4', 'a/b/ 755 3:4', 'a/b/f 600 3:4', 'm/ 700 0:0', 'm/e/ 700 0:0', 'm/e/f 600 0:0'],
  ],
  [
    'owners by name, as the rootfs has them then',
    { passwd: 'root:x:0:0::/:\nweb:x:33:34:Web:/:/bin/sh\n' },
    'COPY passwd etc/passwd',
    { f: '', group: 'web:x:35:\n' },
    'COPY --chown=web f a\nCOPY group etc/\nCOPY --chown=web:web f b\nCOPY --chown=7:web f c\nARG WHO=web\nCOPY --chown=$WHO f d',
    /^[abcd] /,
    ['a 644 33:34', 'b 644 33:35', 'c 644 7:35', 'd 644 33:34'],
  ],
  [
    'a source that is a link is followed',
    {},
    '',
    { 'README.md': 'x', 'd/README.md': '-> ../README.md', l: '-> d' },
    'COPY d/README.md /README.md\nCOPY l/README.md two',
    /./,
    ['README.md 644 0:0', 'two 644 0:0'],
  ],
  [
    'here-documents',
    { x: '' },
    'COPY x etc/x',
    {},
    'ARG A=b\nCOPY <<one <<"two" etc\n$A\none\n$A\ntwo\nCOPY --chmod=755 <<-EOF run.sh\n\techo\nEOF',
    /./,
    ['etc/ 755 0:0', 'etc/one 644 0:0', 'etc/two 644 0:0', 'etc/x 644 0:0', 'run.sh 755 0:0'],
  ],
])('%s', async (_, baseFiles, baseLines, files, lines, look, expected) => {
  await trial.build('base:1', baseFiles, baseLines);
  const layers = await trial.build('child:1', files, lines, 'base:1');
  expect((await trial.rootfs(layers)).filter((line) => look.test(line))).toEqual(expected);
});

test.each<[string, Files, string, string, RegExp]>([
  [
    'a link that would lead out',
    { 'd/l': '-> ../x' },
    'COPY d /',
    'BUILD_ENTRY_REFUSED',
    /"l" is a link out of the rootfs, to \.\.\/x/,
  ],
  [
    'a link that leads out of deeper folders',
    { 'd/e/l': '-> ../../../x' },
    'COPY d a',
    'BUILD_ENTRY_REFUSED',
    /a\/e\/l/,
  ],
  ['a name of white-outs', { 'd/.wh.f': '' }, 'COPY d /', 'BUILD_ENTRY_REFUSED', /marks deleted files/],
  ['a target of white-outs', { f: '' }, 'COPY f .wh.f', 'BUILD_ENTRY_REFUSED', /marks deleted files/],
  ['a target that is too long', { f: '' }, `COPY f ${'x'.repeat(256)}`, 'BUILD_ENTRY_REFUSED', /too long/],
  ['a target with NUL', { f: '' }, 'COPY ["f", "a\\u0000b"]', 'BUILD_ENTRY_REFUSED', /NUL/],
  [
    'a file in the place of a folder',
    { 'd/f/x': '', f: '' },
    'COPY d /\nCOPY f .',
    'BUILD_TARGET_CONFLICT',
    /"f" is a folder .* a file/,
  ],
  [
    'several sources to no folder',
    { a: '', b: '' },
    'COPY a b c',
    'BUILD_TARGET_CONFLICT',
    /"c" is no folder .* several sources/,
  ],
  [
    'an owner that nobody knows',
    { f: '' },
    'COPY --chown=web f a',
    'BUILD_OWNER_UNKNOWN',
    /"web" is no user of the rootfs: \/etc\/passwd/,
  ],
  ['a group that nobody knows', { f: '' }, 'COPY --chown=1:web f a', 'BUILD_OWNER_UNKNOWN', /"web" is no group/],
  ['a mode that is none', { f: '' }, 'ARG M=rw\nCOPY --chmod=$M f a', 'BUILD_MODE_INVALID', /"rw"/],
  [
    'a link out of the context',
    { l: '-> /etc/passwd' },
    'COPY l a',
    'BUILD_SOURCE_MISSING',
    /leads by links to "etc\/passwd"/,
  ],
  [
    'a link to what is ignored',
    { l: '-> f', f: '', '.sealerignore': 'f' },
    'COPY l a',
    'BUILD_SOURCE_MISSING',
    /ignore file/,
  ],
  ['a ring', { l: '-> l' }, 'COPY l a', 'BUILD_SOURCE_LOOP', /ring/],
  ['a class that runs backwards', { f: '' }, 'COPY [z-a] a', 'BUILD_SOURCE_MISSING', /z-a/],
  ['an open class', { f: '' }, 'COPY f[ a', 'BUILD_SOURCE_MISSING', /f\[/],
])('%s is refused', async (_, files, lines, code, message) => {
  const failure = (await trial.build('bad:1', files, lines).catch((cause) => cause)) as SealerError;
  expect(failure).toMatchObject({ code, position: { line: expect.any(Number) } });
  expect(failure.message).toMatch(message);
  expect(await trial.store.list()).toEqual([]);
});

test('a context that is itself a link, and a Kubefile that is one', async () => {
  const context = await trial.context({ f: 'x' }, '');
  await writeFile(join(folder.path, 'Other'), 'FROM scratch\nCOPY f a\n');
  await symlink(context, join(folder.path, 'linked'));
  await symlink('../Other', join(context, 'Linked'));
  const layers = await trial.buildIn(join(folder.path, 'linked'), { kubefile: join(context, 'Linked') });
  expect(await trial.rootfs(layers)).toEqual(['a 644 0:0']);
});

test('names that are not UTF-8, sockets and pipes are errors, not stack traces', async () => {
  const context = await trial.context({}, 'FROM scratch\nCOPY . .\n');
  await writeFile(Buffer.concat([Buffer.from(`${context}/`), Buffer.from([0x66, 0xff])]), '');
  await expect(trial.buildIn(context)).rejects.toMatchObject({ code: 'BUILD_FILE_UNSUPPORTED' });
  const other = await trial.context({}, 'FROM scratch\nCOPY . .\n');
  await execa('mkfifo', [join(other, 'p')]);
  await expect(trial.buildIn(other)).rejects.toMatchObject({ code: 'BUILD_FILE_UNSUPPORTED' });
});

test('the same line over another base is another layer, and the cache knows', async () => {
  await trial.build('one:1', { x: '' }, 'COPY x m/x');
  await trial.build('two:1', { x: '' }, 'COPY x x');
  const context = await trial.context({ f: '' }, '');
  const results: string[][] = [];
  for (const base of ['one:1', 'two:1', 'one:1']) {
    await writeFile(join(context, 'Kubefile'), `FROM ${base}\nCOPY f m\n`);
    results.push((await trial.rootfs(await trial.buildIn(context))).filter((line) => line.includes('m')));
  }
  expect(results).toEqual([
    ['m/ 755 0:0', 'm/f 644 0:0', 'm/x 644 0:0'],
    ['m 644 0:0'],
    ['m/ 755 0:0', 'm/f 644 0:0', 'm/x 644 0:0'],
  ]);
});

test('a list of images that is copied into a folder, or through a link, is read', async () => {
  await trial.build('base:1', { 'm/a.yaml': '', 'd/manifests': '-> lists' }, 'COPY m manifests');
  await trial.build('link:1', { 'd/manifests': '-> lists', 'd/lists/x': '' }, 'COPY d /');
  for (const base of ['base:1', 'link:1']) {
    const context = await trial.context(
      { imageList: 'quay.io/acme/tool:2\n' },
      `FROM ${base}\nCOPY imageList manifests\n`,
    );
    const { images } = await lintImage({ context, store: trial.store, stateDirectory: join(folder.path, 'build') });
    expect(images).toEqual([{ name: 'quay.io/acme/tool:2', origin: expect.stringContaining('manifests/imageList') }]);
  }
});

test('a base layer is read once, and setuid bits of the context are spoken of', async () => {
  await trial.build('base:1', { 'd/x': '' }, 'COPY d m');
  const context = await trial.context({ f: '' }, 'FROM base:1\nCOPY f m\n');
  await chmod(join(context, 'f'), 0o4755);
  const { store } = trial;
  const read: string[] = [];
  const spying = new Proxy(store, {
    get: (target, key) =>
      key === 'readBlob'
        ? (digest: never, range?: never) => {
            read.push(digest);
            return target.readBlob(digest, range);
          }
        : (Reflect.get(target, key) as () => unknown).bind?.(target),
  });
  const warnings: string[] = [];
  const emit = (event: SealerEvent) =>
    event.type === 'message' && event.level === 'warning' && warnings.push(event.text);
  const options = { store: spying, stateDirectory: join(folder.path, 'other') };
  await trial.buildIn(context, { ...options, emit });
  const [base] = (await store.open('base:1')).config.rootfs;
  expect(read.filter((digest) => digest === base?.digest)).toHaveLength(1);
  await trial.buildIn(context, options);
  expect(read.filter((digest) => digest === base?.digest)).toHaveLength(1);
  expect(warnings.join()).toMatch(/f: setuid and setgid bits/);
});

test('texts of here-documents', async () => {
  const lines = 'ENV A="x y"\nCOPY <<a <<"b" <<-\'c\' /\n$A "q" \\$A\na\n$A\nb\n\ttab $A\n  c\n\tc\n';
  const context = await trial.context({}, `FROM scratch\n${lines}COPY <<EOF win\r\nline\r\nEOF\r\n`);
  const layers = await trial.buildIn(context);
  const out = join(folder.path, 'out');
  await mkdir(out);
  for (const { digest } of layers) await execa('tar', ['-xzf', trial.store.blobPath(digest), '-C', out]);
  const texts = await Promise.all(['a', 'b', 'c', 'win'].map((name) => readFile(join(out, name), 'utf8')));
  expect(texts).toEqual(['x y "q" $A\n', '$A\n', 'tab $A\n  c\n', 'line\r\n']);
});
