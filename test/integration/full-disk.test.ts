/** Full disks, disks that can only be read, homes that are none, outputs that nobody takes: under the built CLI, on real file systems. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeRegistry } from '../../packages/core/src/testing/fake-registry.js';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { Journal } from '../../packages/core/src/workflow/journal.js';
import { expectSuccess, type Outcome, type Sealer, sealerIn } from '../support/sealer.js';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
/** A home with the images small:1 and large:1, to be copied; an archive and the registry have third:1. */
let original: Sealer;
let fake: FakeRegistry;
let registry: string;
const disks: SmallDisk[] = [];
const path = (name: string) => join(folder.path, name);
const seen = ({ code, stderr }: Outcome) => [code, /\[([A-Z_]+)\]/.exec(stderr)?.[1]];

async function context(name: string, bytes: number): Promise<string> {
  await mkdir(path(name));
  await writeFile(join(path(name), 'Kubefile'), 'FROM scratch\nCOPY . .\n');
  await writeFile(join(path(name), 'file'), randomBytes(bytes));
  return path(name);
}

/** With a copy of the home on it. */
async function disk(name: string, options: string): Promise<{ disk: SmallDisk; sealer: Sealer }> {
  const made = await mountSmallDisk(path(name), options);
  disks.push(made);
  await cp(original.home, join(made.path, 'home'), { recursive: true });
  return { disk: made, sealer: sealerIn(join(made.path, 'home')) };
}

beforeAll(async () => {
  folder = await temporaryDirectory();
  original = sealerIn(path('original'));
  for (const [name, bytes] of [
    ['small', 200_000],
    ['large', 800_000],
    ['third', 500_000],
  ] as const) {
    const made = await context(name, bytes);
    expectSuccess(await original(['build', '-t', `${name}:1`, '--type', 'app-installer', made]));
  }
  expectSuccess(await original(['save', 'third:1', '-o', path('third.tar')]));
  fake = await FakeRegistry.start();
  registry = `127.0.0.1:${fake.port}`;
  expectSuccess(await original(['push', 'third:1', `${registry}/team/third:1`, '--plain-http']));
  expectSuccess(await original(['rmi', 'third:1']));
});
afterAll(async () => {
  await fake?.[Symbol.asyncDispose]();
  for (const one of disks) await one[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

describe('a disk without a byte left', () => {
  let small: SmallDisk;
  let sealer: Sealer;
  let more: string;

  beforeAll(async () => {
    ({ disk: small, sealer } = await disk('full', 'size=6m'));
    more = await context('more', 300_000);
    const plugin = path('plugin');
    await mkdir(plugin);
    const manifest = { name: 'sealer-plugin-x', version: '1.0.0', type: 'module', sealer: { plugin: true } };
    await writeFile(join(plugin, 'package.json'), JSON.stringify({ ...manifest, exports: './index.js' }));
    const text = `import { definePlugin } from '@sealer/core';
      export default definePlugin({ name: 'hook-x', apiVersion: 1, apply: () => undefined });`;
    await writeFile(join(plugin, 'index.js'), text);
    await writeFile(path('password'), 'secret');
  });

  /** What is asked for, and the folder that the error has to name. */
  const commands: Record<string, { words: () => string[]; at: string; code?: string; input?: string }> = {
    build: { words: () => ['build', '-t', 'more:1', '--type', 'app-installer', more], at: 'home/store' },
    'build into a new home': {
      words: () => ['build', '-t', 'more:1', '--type', 'app-installer', '--home', join(small.path, 'new'), more],
      at: '',
    },
    merge: { words: () => ['merge', '-t', 'both:1', 'small:1', 'large:1'], at: 'home/store' },
    load: { words: () => ['load', '-i', path('third.tar'), '-t', 'loaded:1'], at: 'home/store' },
    pull: { words: () => ['pull', `${registry}/team/third:1`, '--plain-http'], at: 'home/store' },
    'save -o': { words: () => ['save', 'small:1', '-o', join(small.path, 'small.tar')], at: '' },
    'save --compress': {
      words: () => ['save', 'small:1', '--compress', 'gzip', '-o', join(small.path, 'small.tgz')],
      at: '',
      code: 'ARCHIVE_NOT_WRITTEN',
    },
    'save --split': { words: () => ['save', 'small:1', '--split', '1M', '-o', join(small.path, 'split.tar')], at: '' },
    mount: { words: () => ['mount', 'small:1', join(small.path, 'mounted')], at: 'home/build/rootfs' },
    'keys generate': {
      words: () => ['keys', 'generate', '-o', join(small.path, 'release'), '--password-stdin'],
      at: '',
      input: 'secret',
    },
    'inspect -o': { words: () => ['inspect', 'small:1', '--sbom', '-o', join(small.path, 'sbom.json')], at: '' },
    login: {
      words: () => ['login', registry, '--plain-http', '-u', 'ops', '--password-stdin'],
      at: 'home',
      input: 'secret',
    },
    'plugins install': { words: () => ['plugins', 'install', path('plugin')], at: 'home/plugins' },
  };

  test('every command says which disk it is, and leaves nothing behind', async () => {
    // Half a blob of a pull that was killed, and one that no image needs.
    await writeFile(join(sealer.home, 'store/blobs/sha256', 'a'.repeat(64)), randomBytes(400_000));
    const kept = ['small.tar', 'small.tgz', 'sbom.json', 'home/auth.json'].map((name) => join(small.path, name));
    for (const name of kept) await writeFile(name, '{}');
    await small.fill();
    const before = small.files();
    const index = await readFile(join(sealer.home, 'store/index.json'), 'utf8');
    for (const [name, { words, at, code = 'DISK_FULL', input }] of Object.entries(commands)) {
      const outcome = await sealer(words(), input === undefined ? {} : { input });
      expect([name, ...seen(outcome)]).toEqual([name, code === 'DISK_FULL' ? 8 : 4, code]);
      expect([name, outcome.stderr]).toEqual([name, expect.stringContaining(`disk of ${join(small.path, at)}`)]);
      expect([name, outcome.stderr]).toEqual([name, expect.stringMatching(/0 B are free.*\n {2}Try: /)]);
      // A folder is made before a file in it is refused; a file is not.
      expect([name, small.files()]).toEqual([name, before]);
    }
    expect(await readFile(join(sealer.home, 'store/index.json'), 'utf8')).toBe(index);
    for (const name of kept) expect([name, await readFile(name, 'utf8')]).toEqual([name, '{}']);
  });

  test('what needs no room works: what reads, a push, a further name', async () => {
    const readers = [
      ['images'],
      ['inspect', 'small:1'],
      ['save', 'small:1', '-o', path('elsewhere.tar')],
      ['push', 'small:1', `${registry}/other/small:1`, '--plain-http'],
    ];
    await Promise.all(readers.map(async (words) => expectSuccess(await sealer(words))));
    expectSuccess(await sealer(['tag', 'small:1', 'other:1']));
    expect(small.files().filter((file) => file.includes('tmp/') || file.includes('lock'))).toEqual([]);
  });

  test('what was asked for before is carried out after a prune', async () => {
    const { freedBytes } = expectSuccess(await sealer(['prune', '--json'])).result;
    expect(freedBytes).toBeGreaterThanOrEqual(400_000);
    const { words, input } = commands.build as (typeof commands)[string];
    expectSuccess(await sealer(words(), input === undefined ? {} : { input }));
  });

  test('and after an image was removed where there was no room for a shorter list', async () => {
    await small.fill();
    const [removed] = expectSuccess(await sealer(['rmi', 'large:1', '--json'])).result;
    expect(removed).toMatchObject({ untagged: ['docker.io/library/large:1'], freedBytes: expect.any(Number) });
    expect(removed.freedBytes).toBeGreaterThan(800_000);
    // The copy of the list is there again, and says the same.
    const [list, copy] = ['index.json', 'index.json.last'].map((name) => join(sealer.home, 'store', name));
    expect(await readFile(copy as string, 'utf8')).toBe(await readFile(list as string, 'utf8'));
    for (const name of ['mount', 'load', 'keys generate', 'inspect -o', 'login', 'plugins install']) {
      const { words, input } = commands[name] as (typeof commands)[string];
      const outcome = await sealer(words(), input === undefined ? {} : { input });
      expect([name, outcome.code, outcome.stderr]).toEqual([name, 0, expect.not.stringContaining('Error')]);
    }
    expectSuccess(await sealer(['umount', join(small.path, 'mounted')]));
    await small.empty();
    expectSuccess(await sealer(['store', 'check']));
  });

  test('an alias goes as well, with a lock of a killed process in the way', async () => {
    expectSuccess(await sealer(['tag', 'small:1', 'alias:1']));
    await small.fill();
    await symlink('1.1.another-machine', join(sealer.home, 'store/index.lock.break')).catch(() => undefined);
    expectSuccess(await sealer(['rmi', 'alias:1']));
    const { names } = { names: expectSuccess(await sealer(['images', '--json'])).result };
    expect(JSON.stringify(names)).not.toContain('alias');
    await small.empty();
  });

  test('room is asked for before a byte is sent, and what is here already is not counted', async () => {
    const archive = path('third.tar');
    expectSuccess(await sealer(['rmi', 'loaded:1']));
    // Room for half of it.
    await writeFile(join(small.path, 'half'), '');
    await small.fill();
    await execa('truncate', ['-s', '0', join(small.path, 'half')]);
    await execa('sh', [
      '-c',
      'cd "$1" && for f in filler/*; do truncate -s -350000 "$f"; break; done',
      'sh',
      small.path,
    ]);
    const refused = await sealer(['load', '-i', archive]);
    expect(seen(refused)).toEqual([8, 'DISK_FULL']);
    expect(refused.stderr).toMatch(
      /not enough room on the disk of .*: 5\d\d\.\d kB are needed to load .*third\.tar, 3\d\d\.\d kB are free/,
    );
    const pulled = await sealer(['pull', `${registry}/team/third:1`, '--plain-http']);
    expect(seen(pulled)).toEqual([8, 'DISK_FULL']);
    expect(pulled.stderr).toMatch(/are needed for .*third:1, 3\d\d\.\d kB are free/);
    await small.empty();
    expectSuccess(await sealer(['load', '-i', archive]));
    await small.fill();
    // A few hundred bytes for the list are what is lacking now, if anything.
    expect((await sealer(['load', '-i', archive])).stderr).not.toContain('to load');
    await small.empty();
  });

  test('a journal keeps whole lines', async () => {
    const state = join(small.path, 'cluster');
    const journal = await Journal.open(state);
    await journal.write({ event: 'step-start', step: 'a' });
    await writeFile(
      join(state, 'journal.jsonl'),
      `${JSON.stringify({ event: 'run-end', status: 'x'.repeat(4000) })}\n`,
    );
    const before = await readFile(join(state, 'journal.jsonl'), 'utf8');
    await small.fill();
    // Some of it fits into the last block.
    const refused = journal.write({ event: 'step-failed', step: 'b', code: 'X', message: 'x'.repeat(9000) });
    await expect(refused).rejects.toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(state) });
    expect(await readFile(join(state, 'journal.jsonl'), 'utf8')).toBe(before);
    await small.empty();
  });
});

test('a disk without inodes is told from a full one; prune and rmi work on it', async () => {
  const { disk: small, sealer } = await disk('files', 'size=6m,nr_inodes=80');
  await small.fillWithFiles();
  const refused = await sealer(['tag', 'small:1', 'other:1']);
  expect(seen(refused)).toEqual([8, 'DISK_NO_INODES']);
  expectSuccess(await sealer(['prune']));
  expectSuccess(await sealer(['rmi', 'large:1']));
  expectSuccess(await sealer(['tag', 'small:1', 'other:1']));
});

test('a disk that can only be read: what reads works, what writes says so', async () => {
  const { disk: small, sealer } = await disk('read-only', 'size=6m');
  await small.remount('ro');
  const readers = [['images'], ['inspect', 'small:1'], ['save', 'small:1', '-o', path('saved.tar')], ['mount']];
  const writers = [
    ['tag', 'small:1', 'other:1'],
    ['rmi', 'small:1'],
    ['prune'],
    ['load', '-i', path('third.tar'), '-t', 'l:1'],
    ['build', '-t', 'small:2', '--type', 'app-installer', path('small'), '--no-cache'],
    ['pull', `${registry}/team/third:1`, '--plain-http'],
    ['images', '--home', join(small.path, 'none')],
  ];
  await Promise.all([
    ...readers.map(async (words) => expectSuccess(await sealer(words))),
    ...writers.map(async (words) => {
      const outcome = await sealer(words);
      expect([words[0], ...seen(outcome)]).toEqual([words[0], 8, 'DISK_READ_ONLY']);
      expect(outcome.stderr).toContain(small.path);
    }),
  ]);
});

test.each([
  ['a file', 'file', 'it is a file, not a folder'],
  ['below a file', 'file/home', 'it is a file, not a folder'],
  ['a link to nothing', 'dangling', 'it is a link to nowhere, which is not there'],
  ['without a name', '', 'the name of the folder (--home) is empty'],
])('a home that is %s', async (_what, name, reason) => {
  await writeFile(path('file'), '', { flag: 'w' });
  await symlink('nowhere', path('dangling')).catch(() => undefined);
  const home = name && path(name);
  const others = [
    ['plugins', 'list'],
    ['login', registry, '-u', 'ops', '-p', 'x', '--plain-http'],
  ];
  const commands = [['images'], ...(name === 'file' ? others : [])];
  await Promise.all(
    commands.map(async (words) => {
      const outcome = await original([...words, '--home', home]);
      expect([words[0], ...seen(outcome)]).toEqual([words[0], 8, 'FILE_UNUSABLE']);
      expect(outcome.stderr).toContain(reason);
    }),
  );
});

test('a home of somebody else', async () => {
  // Root who may not pass over rights.
  const prefix = [
    'setpriv',
    '--bounding-set',
    '-dac_override,-dac_read_search',
    '--inh-caps',
    '-dac_override,-dac_read_search',
  ];
  await cp(original.home, path('foreign'), { recursive: true });
  await execa('chown', ['-R', '4321:4321', path('foreign')]);
  const sealer = sealerIn(path('foreign'));
  expectSuccess(await sealer(['images'], { prefix }));
  const tagged = await sealer(['tag', 'small:1', 'other:1'], { prefix });
  expect(seen(tagged)).toEqual([8, 'FILE_DENIED']);
  expect(tagged.stderr).toMatch(
    /foreign\/store\/index\.lock: permission denied; .*foreign\/store belongs to user 4321, this is user 0/,
  );
  await chmod(path('foreign'), 0o700);
  for (const words of [['images'], ['plugins', 'list'], ['status']])
    expect([words[0], ...seen(await sealer(words, { prefix }))]).toEqual([words[0], 8, 'FILE_DENIED']);
  await chown(path('foreign'), 0, 0);
});

describe('outputs', () => {
  const into = (target: string) => ['sh', '-c', `exec "$@" > ${target}`, 'sh'];

  test.each([[['images', '--json']], [['version']], [['--help']]])('%j onto a full device', async (words) => {
    const outcome = await original(words, { prefix: into('/dev/full') });
    expect(seen(outcome)).toEqual([8, 'OUTPUT_NOT_WRITTEN']);
    expect(outcome.stderr).toContain('standard output could not be written: no space left on device');
  });

  test('an archive onto a full device', async () => {
    const outcome = await original(['save', 'small:1'], { prefix: into('/dev/full') });
    expect(seen(outcome)).toEqual([4, 'ARCHIVE_NOT_WRITTEN']);
  });

  test('a reader that goes away is no error, an archive that is cut off is one', async () => {
    const prefix = ['bash', '-c', '"$@" | true; exit ${PIPESTATUS[0]}', 'bash'];
    for (const words of [['images'], ['--help']])
      expect(await original(words, { prefix })).toMatchObject({ code: 0, stderr: '' });
    expect(seen(await original(['save', 'large:1'], { prefix }))).toEqual([4, 'ARCHIVE_NOT_WRITTEN']);
  });

  test('a key pair is whole or not there', async () => {
    await writeFile(path('pair.pub'), 'of another key');
    const words = ['keys', 'generate', '-o', path('pair'), '--password-stdin'];
    expect((await original(words, { input: 'x' })).code).not.toBe(0);
    await expect(readFile(path('pair.key'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(path('pair.pub'), 'utf8')).toBe('of another key');
  });
});
