/** RUN where something is missing, wrong, shut off or killed. */
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../packages/core/src/testing/temporary-directory.js';
import { requireRunTools, writeKubefile, writeRootfs } from '../support/run-tools.js';
import { expectSuccess, type Outcome, type Sealer, type SealerOptions, sealerIn } from '../support/sealer.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let sealer: Sealer;
let context: string;

beforeAll(async () => {
  await requireRunTools();
  folder = await temporaryDirectory();
  sealer = sealerIn(join(folder.path, 'home'));
  context = join(folder.path, 'context');
  await writeRootfs(context);
}, 300_000);
afterAll(() => folder[Symbol.asyncDispose]());

async function build(lines: string[], words: string[] = [], options?: SealerOptions): Promise<Outcome> {
  await writeKubefile(context, ...lines);
  return await sealer(['build', '-t', 'run:1', '--type', 'app-installer', ...words, context, '--json'], options);
}

const lines = (outcome: Outcome) => outcome.events.map(({ text }) => text).filter((text) => typeof text === 'string');

test('the network is that of the machine, or none', async () => {
  const server = createServer((socket) => socket.end('reached\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  for (const isolation of ['crun', 'runc', 'chroot']) {
    const words = ['--no-cache', '--isolation', isolation];
    const call = `nc 127.0.0.1 ${port} < /dev/null || echo unreached; ip -o link | grep -vc lo: || :`;
    const open = lines(expectSuccess(await build([`RUN ${call}`], words)));
    expect(open).toContain('  | reached');
    const shut = lines(expectSuccess(await build([`RUN --network=none ${call}`], words)));
    expect(shut).toEqual(expect.arrayContaining(['  | unreached', '  | 0']));
  }
});

test('what goes wrong is said, with its place', async () => {
  const failed = await build(['RUN echo one; echo two >&2; exit 3']);
  expect(failed.code).toBe(3);
  const last = JSON.parse(failed.stdout.trim().split('\n').at(-1) as string).error;
  expect(last).toMatchObject({ code: 'RUN_FAILED', message: expect.stringMatching(/exit code 3[\s\S]*two/) });
  expect(JSON.stringify(last)).toContain('Kubefile');
  for (const isolation of ['crun', 'runc'])
    expect((await build(['RUN ["/no/such"]'], ['--isolation', isolation])).stdout).toContain('RUN_START_FAILED');
  expect((await build(['RUN rm /bin/sh', 'RUN true'])).stdout).toContain('RUN_SHELL_MISSING');
  const device = await build(['RUN mkfifo /p', 'RUN ln -s x "/.wh.y"']);
  expect(lines(device)).toContain('/p is a pipe and is left out of the image');
  expect(device.stdout).toContain('RUN_CHANGE_REFUSED');
  expect((await build(['RUN true'], ['--isolation', 'docker'])).stdout).toContain('RUN_ISOLATION_UNKNOWN');
});

test('without a runtime the error names the fallback, which works', async () => {
  const hide = 'mount --bind /dev/null /usr/bin/crun; mount --bind /dev/null /usr/sbin/runc; exec "$@"';
  const prefix = ['unshare', '--mount', 'sh', '-c', hide, 'sh'];
  const without = await build(['RUN echo hello'], [], { prefix });
  expect(without.stdout).toContain('RUN_RUNTIME_MISSING');
  expect(without.stdout).toMatch(/crun and runc/);
  expect(without.stdout).toContain('--isolation chroot');
  expect(
    lines(expectSuccess(await build(['RUN echo hello'], [], { prefix, env: { SEALER_BUILD_ISOLATION: 'chroot' } }))),
  ).toContain('  | hello');
});

test('a foreign architecture is refused before anything is executed', async () => {
  const foreign = process.arch === 'x64' ? 's390x' : 'amd64';
  const built = await build(['RUN touch /x'], ['--platform', `linux/${foreign}`]);
  expect(built.stdout).toContain('RUN_PLATFORM_FOREIGN');
});

/** Processes of the command, mounts below the home, folders of sandboxes. */
async function leftovers(mark: string): Promise<{ processes: string[]; mounts: string[]; sandboxes: string[] }> {
  const { stdout } = await execa('ps', ['ax', '-o', 'args']);
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(sealer.home));
  const sandboxes = (await readdir(join(sealer.home, 'build/run'))).filter((name) => name.startsWith('sandbox~'));
  return { processes: stdout.split('\n').filter((line) => line.includes(mark)), mounts, sandboxes };
}

test.each(['crun', 'runc', 'chroot'])(
  'killed or interrupted in the middle of %s, nothing stays, and it can be built again',
  async (isolation) => {
    const mark = `sleep ${300 + Math.floor(Math.random() * 1000)}.5`;
    const words = ['--isolation', isolation];
    for (const signal of isolation === 'crun' ? (['SIGKILL', 'SIGINT'] as const) : (['SIGKILL'] as const)) {
      const outcome = await build([`RUN touch /half; echo begun; ${mark}`], words, {
        onEvent: (event, child) => void (event.text === '  | begun' && child.kill(signal)),
      });
      expect(outcome.code).toBe(signal === 'SIGKILL' ? 137 : 130);
      for (let wait = 0; wait < 50 && (await leftovers(mark)).processes.length; wait += 1) await sleep(100);
      const left = await leftovers(mark);
      expect(left.processes).toEqual([]);
      expect(left.mounts).toEqual([]);
      expect(left.sandboxes.length).toBe(signal === 'SIGKILL' ? 1 : 0);
      expectSuccess(await build([`RUN touch /half; echo again ${signal}`], words));
      expect((await leftovers(mark)).sandboxes).toEqual([]);
    }
  },
);
