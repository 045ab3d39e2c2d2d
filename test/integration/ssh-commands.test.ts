/** How commands run, end and are ended over a real ssh connection. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Host, openHost, Secret, script } from '@sealer/core';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askingUser, type Sshd, startSshd, userPassword } from '../support/sshd.js';

let folder: string;
let sshd: Sshd;
let host: Host;
let sudoer: Host;
let local: Host;

const spec = { address: '127.0.0.1', local: false, roles: [], env: {}, labels: {}, taints: [] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ssh-commands-'));
  sshd = await startSshd(folder);
  const ssh = { user: 'root', port: sshd.port, privateKey: sshd.keyFile };
  const options = { sealerHome: join(folder, 'sealer') };
  host = await openHost({ ...spec, ssh }, options);
  const asking = { user: askingUser, port: sshd.port, password: new Secret(userPassword) };
  sudoer = await openHost({ ...spec, ssh: asking }, options);
  local = await openHost({ ...spec, local: true, ssh }, options);
});

afterAll(async () => {
  for (const opened of [host, sudoer, local]) await opened?.close();
  await sshd?.stop();
  await rm(folder, { recursive: true, force: true });
});

let sleeps = 0;
/** A number of seconds no other process sleeps for. */
const unusual = () => `86${process.pid}.${100 + sleeps++}`;
const sleeping = async (seconds: string) =>
  (await execa('pgrep', ['-fx', `sleep ${seconds}`]).catch(() => ({ stdout: '' }))).stdout.split('\n').filter(Boolean);
const started = (seconds: string) => expect.poll(() => sleeping(seconds), { timeout: 10_000 }).not.toEqual([]);

const odd = [
  `a'b"c`,
  '$(touch /tmp/x) `id`',
  'two\nlines\n',
  '',
  '-n',
  ' edge ',
  '\\',
  '*',
  'ümläut 中',
  '\t!{a,b}~',
] as const;

test('arguments, environment and input arrive byte for byte, also by sudo with a password, also here', async () => {
  for (const at of [host, sudoer, local]) {
    const { stdout } = await at.run(['printf', '%s\\0', ...odd, new Secret('s$')]);
    expect(stdout.split('\0').slice(0, -1)).toEqual([...odd, 's$']);
    const show = script('printf "%s\\0" "$@" "$V"; cat', ...odd);
    const answer = await at.run(show, { env: { V: odd[0] }, stdin: 'line\n\0rest' });
    expect(answer.stdout).toBe(`${[...odd, odd[0]].map((word) => `${word}\0`).join('')}line\n\0rest`);
    const size = 3_000_000;
    const counted = await at.run(['wc', '-c'], {
      stdin: Readable.from([Buffer.alloc(size / 2), Buffer.alloc(size / 2)]),
    });
    expect(Number(counted.stdout)).toBe(size);
  }
});

test('status, signal, both outputs, and lines as they come', async () => {
  const lines: string[] = [];
  const result = await host.query.run(script('echo out; echo err >&2; printf last; exit 7'), {
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  });
  expect(result).toEqual({ status: 7, signal: undefined, stdout: 'out\nlast', stderr: 'err\n' });
  expect(lines.toSorted()).toEqual(['stderr err', 'stdout last', 'stdout out']);
  const failed = host.run(script('echo why >&2; false; echo not reached'));
  await expect(failed).rejects.toMatchObject({ code: 'HOST_COMMAND_FAILED', remote: { exitStatus: 1, stderr: 'why' } });
  await expect(host.run(script('kill -KILL $$'))).rejects.toMatchObject({ remote: { signal: 'SIGKILL' } });
  expect(await host.query.readFile('/no/such/file')).toBeUndefined();
});

test('a file is written whole, with its mode, in folders that are made', async () => {
  await host.write('/var/lib/a/b/file', 'text', { mode: 0o600 });
  expect(await host.query.readFile('/var/lib/a/b/file')).toBe('text');
  expect(await sshd.inside(['stat', '-c', '%a', '/var/lib/a/b/file'])).toBe('600');
  expect(await sshd.inside(['ls', '/var/lib/a/b'])).toBe('file');
});

test('forty commands at once on one connection: what is too many for sshd waits', async () => {
  const sessions = async () =>
    (await execa('ss', ['-Htn', 'state', 'established', `sport = :${sshd.port}`])).stdout.trim().split('\n').length;
  const before = await sessions();
  const outputs = await Promise.all(
    Array.from({ length: 40 }, (_, index) => host.query.output(script('sleep 0.2; echo "$1"', String(index)))),
  );
  expect(outputs).toEqual(Array.from({ length: 40 }, (_, index) => String(index)));
  expect(await sessions()).toBe(before);
});

test('cancelling ends the command and its children, those in sessions of their own too', async () => {
  for (const at of [host, sudoer, local]) {
    const seconds = unusual();
    const stop = new AbortController();
    const command = script('setsid sleep "$1" & trap "" TERM; sleep "$1"; sleep "$1"', seconds);
    const outcome = at.run(command, { signal: stop.signal });
    outcome.catch(() => undefined);
    await started(seconds);
    stop.abort(new Error('enough'));
    await expect(outcome).rejects.toThrow('enough');
    expect(await sleeping(seconds)).toEqual([]);
    expect(await at.query.output(['echo', 'still there'])).toBe('still there');
  }
});

test('cancelling more commands than there are channels ends all; those that waited never start', async () => {
  const seconds = unusual();
  const stop = new AbortController();
  const outcomes = Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      host.run(script('touch "/var/lib/started-$2"; sleep "$1"', seconds, String(index)), { signal: stop.signal }),
    ),
  );
  await expect.poll(async () => (await sleeping(seconds)).length, { timeout: 20_000 }).toBe(8);
  stop.abort(new Error('enough'));
  expect((await outcomes).map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
  expect(await sleeping(seconds)).toEqual([]);
  const files = await sshd.inside(['sh', '-c', 'ls -d /var/lib/started-* | wc -l']);
  expect(Number(files)).toBe(8);
});

test('a command that takes too long is ended', async () => {
  const seconds = unusual();
  await expect(host.run(['sleep', seconds], { timeout: 500 })).rejects.toMatchObject({ code: 'HOST_COMMAND_TIMEOUT' });
  expect(await sleeping(seconds)).toEqual([]);
});

test('input that cannot be read ends the command, and is what is reported', async () => {
  const seconds = unusual();
  const bad = new Readable({
    read() {
      this.destroy(new Error('the disk is on fire'));
    },
  });
  await expect(host.run(script('sleep "$1"', seconds), { stdin: bad })).rejects.toThrow('the disk is on fire');
  await expect.poll(() => sleeping(seconds), { timeout: 5_000 }).toEqual([]);
});

test('a lost connection is an error for what runs, and opened again for what comes', async () => {
  const seconds = unusual();
  const lost = host.run(['sleep', seconds]);
  lost.catch(() => undefined);
  // More than fit: those that wait are run once the connection is back.
  const waiting = Array.from({ length: 9 }, () =>
    host.run(['sleep', '1']).then(
      () => true,
      (cause) => cause.code,
    ),
  );
  await started(seconds);
  await sshd.dropSessions();
  await expect(lost).rejects.toMatchObject({ code: 'HOST_CONNECTION_LOST' });
  const outcomes = await Promise.all(waiting);
  expect(outcomes.filter((outcome) => outcome !== true && outcome !== 'HOST_CONNECTION_LOST')).toEqual([]);
  expect(await host.query.output(['echo', 'back'])).toBe('back');
  for (const pid of await sleeping(seconds)) process.kill(Number(pid));
});

/** Another sealer process, which runs a command under a lock on the host. */
async function otherOperator(lock: string, seconds: string) {
  const core = fileURLToPath(new URL('../../packages/core/dist/index.js', import.meta.url));
  const file = join(folder, 'operator.mjs');
  await writeFile(
    file,
    `const { openHost } = await import(process.argv[2]);
const [, , , spec, home, lock, seconds] = process.argv;
const host = await openHost(JSON.parse(spec), { sealerHome: home });
await host.run(['sleep', seconds], { lock });\n`,
  );
  const ssh = { user: 'root', port: sshd.port, privateKey: sshd.keyFile };
  const values = [core, JSON.stringify({ ...spec, ssh }), join(folder, 'sealer'), lock, seconds];
  return { operator: execa(process.execPath, [file, ...values], { stdio: 'inherit', reject: false }) };
}

test('after kill -9 of sealer, the next run waits for the command it left, or ends it', async () => {
  for (const [seconds, timeout] of [
    ['2.5', 20_000],
    [unusual(), 1_000],
  ] as const) {
    const { operator } = await otherOperator('story', seconds);
    await started(seconds);
    operator.kill('SIGKILL');
    await operator;
    expect(await sleeping(seconds)).toHaveLength(1);
    expect(await host.query.settle('story', { timeout })).toBe(true);
    expect(await sleeping(seconds)).toEqual([]);
  }
  expect(await host.query.settle('never-held')).toBe(true);
});

test('commands with the same lock run one after another', async () => {
  const body = script('echo begin >> /var/lib/order; sleep 0.3; echo end >> /var/lib/order');
  await Promise.all([1, 2, 3].map(() => host.run(body, { lock: 'order' })));
  expect(await host.query.readFile('/var/lib/order')).toBe('begin\nend\n'.repeat(3));
});

test('a service on the loopback of the host is reached through the connection; a closed port is said', async () => {
  for (const at of [host, local]) {
    const stream = await at.connect(sshd.port);
    stream.write('SSH-2.0-test\r\n');
    const banner = await new Promise<Buffer>((resolve) => stream.once('data', resolve));
    expect(banner.toString()).toMatch(/^SSH-2\.0-OpenSSH/);
    stream.destroy();
    await expect(at.connect(1)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  }
});

test('facts are read in one go, and are those of the machine', async () => {
  const facts = await host.query.facts();
  expect(facts.kernel).toBe((await execa('uname', ['-r'])).stdout.trim());
  expect(facts.root).toBe(true);
  expect((await sudoer.query.facts()).root).toBe(true);
  expect(Math.abs(facts.clockSkewMs)).toBeLessThan(5_000);
  expect(facts.missingTools).not.toContain('tar');
  expect(String(facts.cpus)).toBe((await execa('nproc')).stdout.trim());
});
