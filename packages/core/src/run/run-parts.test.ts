/** The parts of RUN that need neither root nor a runtime. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { lintImage } from '../build/lint-image.js';
import { runKey } from '../build/run-cache.js';
import { readContext } from '../context/context-files.js';
import type { SealerEvent } from '../events/events.js';
import { openStore } from '../go-sealer/open-store.js';
import { rangeIn } from '../rootfs/user-mapping.js';
import { redact } from '../secrets/secret.js';
import { handlerFor } from './binfmt.js';
import { chrootFiles } from './chroot-files.js';
import { chosenIsolation, findRuntime } from './find-runtime.js';
import { resolveInRoot } from './resolve-in-root.js';
import { runtimeFailure } from './run-sandbox.js';
import { readSecrets } from './run-secrets.js';
import { runtimeSpec, type SpecInput } from './runtime-spec.js';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sealer-run-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const input: SpecInput = {
  args: ['/bin/sh', '-c', 'echo "it\'s"'],
  env: ['PATH=/bin', "GREETING=it's here", 'odd.name=x'],
  root: '/some/merged',
  mounts: [{ destination: '/src', type: 'bind', source: '/some/bind-0', options: ['rbind', 'ro'] }],
  network: 'default',
  userNamespace: false,
};

test('the spec: what runs, in which namespaces, without control groups', () => {
  const spec = runtimeSpec(input) as Record<string, never> & {
    process: Record<string, unknown>;
    mounts: { destination: string; type: string }[];
    linux: Record<string, unknown>;
  };
  expect(spec.process).toMatchObject({ args: input.args, env: input.env, terminal: false, user: { uid: 0, gid: 0 } });
  expect(spec.process).not.toHaveProperty('rlimits');
  expect(spec.process).not.toHaveProperty('oomScoreAdj');
  expect(spec.root).toEqual({ path: '/some/merged', readonly: false });
  expect(spec.linux).not.toHaveProperty('resources');
  expect(spec.linux.namespaces).not.toContainEqual({ type: 'network' });
  expect(spec.mounts.at(-1)).toEqual(input.mounts[0]);
  const apart = runtimeSpec({ ...input, network: 'none' }) as { linux: { namespaces: unknown[] } };
  expect(apart.linux.namespaces).toContainEqual({ type: 'network' });
});

test('in a user namespace sysfs is bound: mounting it takes the network namespace', () => {
  const of = (userNamespace: boolean) =>
    (runtimeSpec({ ...input, userNamespace }) as { mounts: { destination: string; type: string }[] }).mounts.find(
      ({ destination }) => destination === '/sys',
    )?.type;
  expect([of(false), of(true)]).toEqual(['sysfs', 'bind']);
});

test('what the chroot script reads is quoted, and names no shell can set are left out', () => {
  const { mounts, command, environment } = chrootFiles(input);
  expect(environment).toBe("export PATH=/bin\nexport GREETING='it'\\''s here'\n");
  expect(command).toBe("/bin/sh -c 'echo \"it'\\''s\"'\n");
  expect(mounts).toMatch(/^proc\nnosuid,noexec,nodev\nproc\n\/proc\ntmpfs\n/);
  expect(mounts).toMatch(/\nrbind\nro\n\/some\/bind-0\n\/src\n$/);
});

test.each([
  ['/a/b', {}, 'a/b'],
  ['/etc/resolv.conf', { 'etc/resolv.conf': '../run/systemd/resolve/stub.conf' }, 'run/systemd/resolve/stub.conf'],
  ['/lib/x', { lib: 'usr/lib' }, 'usr/lib/x'],
  ['/a/x', { a: '/b', b: '../../../c' }, 'c/x'],
  ['/../../x', {}, 'x'],
  ['/a/x', { a: 'a' }, 'a/x'],
])('%s with links %j is %s', (target, links, expected) => {
  expect(resolveInRoot(target, new Map(Object.entries(links)))).toBe(expected);
});

test('handlers of foreign programs are found by their machine, and must be open already', async () => {
  const directory = await folder();
  const magic = (machine: string) => `7f454c460201010000000000000000000200${machine}`;
  const entry = (flags: string, machine = 'b700', first = 'enabled') =>
    `${first}\ninterpreter /usr/libexec/qemu-binfmt/aarch64\nflags: ${flags}\noffset 0\nmagic ${magic(machine)}\nmask ff\n`;
  expect(await handlerFor('arm64', join(directory, 'none'))).toMatchObject({ found: false });
  await writeFile(join(directory, 'status'), 'enabled\n');
  await writeFile(join(directory, 'qemu-riscv64'), entry('OCF', 'f300'));
  expect(await handlerFor('arm64', directory)).toMatchObject({ found: false });
  await writeFile(join(directory, 'qemu-aarch64'), entry('OC'));
  expect(await handlerFor('arm64', directory)).toMatchObject({ reason: expect.stringContaining('without the flag F') });
  await writeFile(join(directory, 'qemu-aarch64'), entry('OCF', 'b700', 'disabled'));
  expect(await handlerFor('arm64', directory)).toMatchObject({ found: false });
  await writeFile(join(directory, 'qemu-aarch64'), entry('OCF'));
  expect(await handlerFor('arm64', directory)).toEqual({ found: true });
});

test('isolation: by option, by environment, by default', () => {
  vi.stubEnv('SEALER_BUILD_ISOLATION', 'chroot');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(chosenIsolation(undefined)).toBe('chroot');
  expect(chosenIsolation('crun')).toBe('crun');
  vi.stubEnv('SEALER_BUILD_ISOLATION', '');
  expect(chosenIsolation(undefined)).toBe('oci');
  expect(() => chosenIsolation('docker')).toThrow(/no isolation "docker"; there is oci, crun, runc, chroot/);
});

test('without a runtime the error names what was looked for and the fallback', async () => {
  vi.stubEnv('PATH', await folder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const kata = findRuntime('oci').catch((cause) => cause);
  // Where a runtime is installed in /usr/sbin it is found there nevertheless.
  const found = await kata;
  if (found instanceof Error)
    expect(found).toMatchObject({
      code: 'RUN_RUNTIME_MISSING',
      message: expect.stringContaining('crun and runc'),
      hint: expect.stringContaining('--isolation chroot'),
    });
  else expect(found.path).toMatch(/^\/(usr\/)?s?bin|^\/usr\/local\/sbin/);
});

test('what a runtime logs is told from warnings', () => {
  expect(runtimeFailure('')).toBeUndefined();
  expect(runtimeFailure('time="x" level=warning msg="y"\n')).toBeUndefined();
  expect(runtimeFailure('time="x" level=error msg="exec: \\"/no\\": no such file"\n')).toContain('no such file');
  expect(runtimeFailure('2026-11-24T13:20:57.1Z: executable file `/no` not found: No such file\n')).toBe(
    'executable file `/no` not found: No such file',
  );
});

test('subordinate ids', () => {
  expect(rangeIn('a:1:2\n\nb:100000:65536\n1000:5:6\n', ['b', '1000'])).toEqual({ start: 100_000, count: 65_536 });
  expect(rangeIn('a:1:0', ['a'])).toBeUndefined();
});

test('secrets are hidden line by line; one that cannot be read says so', async () => {
  const file = join(await folder(), 'token');
  await writeFile(file, 'first-line-9\nsecond-line-9\n');
  const secrets = await readSecrets([{ id: 'a', file }]);
  expect(String(secrets.get('a')?.content)).toBe('first-line-9\nsecond-line-9\n');
  expect(redact('x second-line-9 y')).toBe('x *** y');
  await expect(readSecrets([{ id: 'b', file: `${file}.none` }])).rejects.toMatchObject({ code: 'RUN_SECRET_INVALID' });
  await expect(readSecrets([{ id: 'b', env: 'SEALER_NO_SUCH' }])).rejects.toMatchObject({ code: 'RUN_SECRET_INVALID' });
});

test('the cache tells RUNs apart by what counts, and by nothing else', async () => {
  const directory = await folder();
  await mkdir(join(directory, 'src'));
  await writeFile(join(directory, 'src/a'), 'a');
  await writeFile(join(directory, 'other'), 'b');
  const layer = { digest: 'sha256:1', diffId: 'sha256:2', size: 1, createdBy: 'x' } as const;
  const owned = { uid: 0, gid: 0, mode: 0o400 };
  const key = async (change: Partial<Parameters<typeof runKey>[0]> = {}) =>
    await runKey({
      state: { layers: [layer] },
      instruction: { command: { shell: 'make' }, network: 'default' },
      mounts: [
        { type: 'bind', source: 'src', target: '/src', readOnly: true },
        { type: 'secret', id: 'a', target: '/run/secrets/a', required: false, ...owned },
      ],
      env: { A: '1', B: '2' },
      platform: { os: 'linux', architecture: 'amd64' },
      context: await readContext(directory),
      ...change,
    });
  const first = await key();
  await writeFile(join(directory, 'other'), 'changed');
  expect(await key({ env: { B: '2', A: '1' } })).toBe(first);
  expect(await key({ state: { layers: [{ ...layer, createdBy: 'y', digest: 'sha256:9' }] } })).toBe(first);
  const others = await Promise.all([
    key({ env: { A: '1', B: '3' } }),
    key({ instruction: { command: { shell: 'make' }, network: 'none' } }),
    key({ instruction: { command: { exec: ['make'] }, network: 'default' } }),
    key({ state: { layers: [{ ...layer, diffId: 'sha256:3' }] } }),
    key({ platform: { os: 'linux', architecture: 'arm64' } }),
    key({ mounts: [] }),
  ]);
  await writeFile(join(directory, 'src/a'), 'A');
  others.push(await key());
  expect(new Set([first, ...others]).size).toBe(8);
});

test('looking for images executes nothing, and says so', async () => {
  const directory = await folder();
  await writeFile(join(directory, 'Kubefile'), 'FROM scratch\nRUN touch /x\n');
  const events: SealerEvent[] = [];
  const store = await openStore(join(directory, 'store'));
  await lintImage({
    context: directory,
    store,
    stateDirectory: join(directory, 'state'),
    emit: (event) => events.push(event),
  });
  expect(events).toContainEqual(expect.objectContaining({ level: 'warning', code: 'RUN_NOT_LOOKED_AT' }));
});
