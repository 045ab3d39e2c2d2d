/** What sshd_config of careful people forbids: everything works in another way, or the line is named. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Host, openHost, script } from '@sealer/core';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeKey, type Sshd, startSshd } from '../support/sshd.js';

const spec = { address: '127.0.0.1', local: false, roles: [], env: {}, labels: {}, taints: [] };
let folder: string;
let sshd: Sshd;
let bastion: Sshd;
let server: ReturnType<typeof createServer>;
let port: number;
const bytes = Buffer.alloc(1_500_000, 'relay');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ssh-hardening-'));
  for (const name of ['host', 'bastion']) await mkdir(join(folder, name));
  [sshd, bastion] = (await Promise.all(['host', 'bastion'].map((name) => startSshd(join(folder, name))))) as [
    Sshd,
    Sshd,
  ];
  server = createServer((request, response) => {
    request.on('data', () => undefined).on('end', () => response.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  for (const started of [sshd, bastion]) await started?.stop();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function withHost(lines: string, use: (host: Host) => Promise<void>, through?: string) {
  await sshd.configure(lines);
  if (through !== undefined) await bastion.configure(through);
  const login = ({ port, keyFile }: Sshd) => ({ user: 'root', port, privateKey: keyFile });
  const way = through === undefined ? {} : { bastion: { address: '127.0.0.1', ...login(bastion) } };
  const host = await openHost({ ...spec, ssh: { ...login(sshd), ...way } }, { sealerHome: join(folder, 'home') });
  try {
    await use(host);
  } finally {
    await host.close();
  }
}

/** Sends and reads more than fits into any buffer, over a connection of the host's. */
async function fetchThrough(host: Host): Promise<number> {
  const stream = await host.connect(port);
  const body = Buffer.alloc(500_000, 'x');
  stream.write(`POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`);
  stream.write(body);
  let size = 0;
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (!head) size += chunk.length;
    else {
      head = Buffer.concat([head, chunk]);
      const at = head.indexOf('\r\n\r\n');
      if (at < 0) continue;
      size = head.length - at - 4;
      head = undefined;
    }
  }
  stream.destroy();
  return size;
}

/** All at once: a command that holds its session to the end, relays, more commands than fit, and one that is ended. */
async function allWorks(host: Host): Promise<void> {
  const stop = new AbortController();
  const held = host.run(['sleep', '600'], { signal: stop.signal });
  held.catch(() => undefined);
  const numbers = Array.from({ length: 12 }, (_, index) => String(index));
  const [outputs, sizes] = await Promise.all([
    Promise.all(numbers.map((word) => host.query.output(script('sleep 0.1; echo "$1"', word)))),
    Promise.all([1, 2, 3].map(() => fetchThrough(host))),
  ]);
  expect(outputs).toEqual(numbers);
  expect(sizes).toEqual([bytes.length, bytes.length, bytes.length]);
  await expect(host.connect(1)).rejects.toMatchObject({
    code: 'HOST_UNREACHABLE',
    message: expect.stringMatching(/port 1: .*refused/i),
  });
  stop.abort(new Error('enough'));
  await expect(held).rejects.toThrow('enough');
}

test.each(['AllowTcpForwarding remote', 'DisableForwarding yes', 'PermitOpen none', 'PermitOpen 127.0.0.1:22'])(
  '%s: a port of the host is reached',
  async (lines) => {
    await withHost(lines, async (host) => expect(await fetchThrough(host)).toBe(bytes.length));
  },
);

test.each([
  ['AllowTcpForwarding no'],
  ['MaxSessions 2'],
  ['MaxSessions 1\nAllowTcpForwarding no'],
  [
    'ClientAliveInterval 1\nClientAliveCountMax 1\nLoginGraceTime 5\nMaxAuthTries 2\nPermitTTY no\nDisableForwarding yes',
  ],
])('%s: all works at once', async (lines) => {
  await withHost(lines, allWorks);
});

test('a bastion that forwards nothing', async () => {
  await withHost('', allWorks, 'AllowTcpForwarding no\nMaxSessions 1');
});

test('a relay ends with either side, and leaves nothing behind', async () => {
  await withHost('AllowTcpForwarding no', async (host) => {
    const left = async () => await sshd.inside(['sh', '-c', 'pgrep -fc "[d]ev/tcp|^cat$" || true']);
    const before = await left();
    const stream = await host.connect(sshd.port);
    expect(String(await new Promise((resolve) => stream.once('data', resolve)))).toMatch(/^SSH-2\.0/);
    stream.destroy();
    await expect.poll(left, { timeout: 5_000 }).toBe(before);
  });
});

test('what cannot be done in any way names the line', async () => {
  await expect(withHost('MaxSessions 0', async () => undefined)).rejects.toMatchObject({
    code: 'HOST_SESSION_REFUSED',
    hint: expect.stringContaining('MaxSessions'),
  });
  await expect(withHost('ForceCommand echo backup only', async () => undefined)).rejects.toMatchObject({
    code: 'HOST_COMMAND_NOT_STARTED',
    hint: expect.stringContaining('ForceCommand'),
  });
  const closed = 'AllowTcpForwarding no\nForceCommand echo backup only';
  await expect(withHost('', async () => undefined, closed)).rejects.toMatchObject({
    code: 'HOST_FORWARDING_REFUSED',
    message: expect.stringContaining('backup only'),
    hint: expect.stringMatching(/AllowTcpForwarding.*ForceCommand/),
  });
});

test('few may log in at once: who is hung up on tries again', async () => {
  await withHost('MaxStartups 1:100:1\nMaxSessions 1', async (host) => {
    const words = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(await Promise.all(words.map((word) => host.query.output(script('sleep 0.2; echo "$1"', word))))).toEqual(
      words,
    );
  });
});

test('a key with restrict in authorized_keys', async () => {
  await withHost('', async () => {
    const key = await makeKey(join(folder, 'restricted'));
    const line = `restrict ${(await execa('cat', [`${key}.pub`])).stdout}\n`;
    await execa('sh', ['-c', 'printf "%s" "$1" > "$2"', 'sh', line, `${key}.line`]);
    await sshd.authorize(`${key}.line`);
    const ssh = { user: 'root', port: sshd.port, privateKey: key };
    const host = await openHost({ ...spec, ssh }, { sealerHome: join(folder, 'restricted-home') });
    expect(await fetchThrough(host)).toBe(bytes.length);
    await host.close();
  });
});
