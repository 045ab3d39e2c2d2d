/** The lab itself: the hosts the other stories stand on. Two labs side by side, so that each test also shows they do not meet. */
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../support/lab.js';

const script = fileURLToPath(new URL('../lab/lab.sh', import.meta.url));
const labs = join(process.env.SEALER_LAB_CACHE ?? join(homedir(), '.cache', 'sealer-lab'), 'labs');

let lab: Lab;
let other: Lab;

beforeAll(async () => {
  // Each is kept as soon as it is there: where one does not start, the other still has to be taken down.
  await Promise.all([
    startLab({ name: 'story-a', net: '10.77.101', hosts: 2 }).then((up) => {
      lab = up;
    }),
    startLab({ name: 'story-b', net: '10.77.102', hosts: 1 }).then((up) => {
      other = up;
    }),
  ]);
});

afterAll(async () => {
  await Promise.all([lab?.down(), other?.down()]);
});

describe('a host', () => {
  test('boots systemd until nothing is left to start and nothing failed', async () => {
    expect(await lab.ssh(1, ['systemctl', 'is-system-running', '--wait'])).toBe('running\n');
    expect(await lab.ssh(1, ['ps', '-o', 'comm=', '-p', '1'])).toBe('systemd\n');
  });

  test('holds no container runtime', async () => {
    const programs = 'containerd runc crictl dockerd crun kubelet';
    const found = await lab.ssh(1, ['sh', '-c', `command -v ${programs}; ls -A /opt; ls /etc/cni 2>&1 || true`]);
    expect(found).toBe("ls: cannot access '/etc/cni': No such file or directory\n");
  });

  test('reaches its neighbour by name over ssh, and arguments arrive as they are', async () => {
    expect(await lab.ssh(1, ['ssh', 'h2', 'hostname'])).toBe('h2\n');
    expect(await lab.ssh(1, ['printf', '%s|', "it's", '$HOME', 'a b'])).toBe("it's|$HOME|a b|");
  });

  test('has users with both kinds of sudo', async () => {
    expect(await lab.exec(1, ['runuser', '-u', 'opsnp', '--', 'sudo', '-n', 'id', '-u'])).toBe('0\n');
    await expect(lab.exec(1, ['runuser', '-u', 'ops', '--', 'sudo', '-n', 'id', '-u'])).rejects.toThrow(
      /password is required/,
    );
    const asked = ['runuser', '-u', 'ops', '--', 'sh', '-c', 'echo ops-pass | sudo -S -p "" id -u'];
    expect(await lab.exec(1, asked)).toBe('0\n');
    expect(await lab.exec(1, ['sshd', '-T'])).toMatch(/^passwordauthentication yes$/m);
  });

  test('is refused by its name server at once', async () => {
    const started = Date.now();
    await expect(lab.exec(1, ['getent', 'hosts', 'nowhere.example'])).rejects.toMatchObject({ exitCode: 2 });
    expect(Date.now() - started).toBeLessThan(2000);
  });

  test('keeps its files over reboot, crash and stop, and gets a new kernel namespace each time', async () => {
    await lab.ssh(2, [
      'sh',
      '-c',
      'echo one > /root/kept; echo two > /var/lib/kept; ip link add gone0 type dummy || ip link add gone0 type bridge',
    ]);
    const before = (await lab.status())[1]?.pid;
    await lab.reboot(2);
    expect(await lab.ssh(2, ['cat', '/root/kept', '/var/lib/kept'])).toBe('one\ntwo\n');
    expect(await lab.ssh(2, ['ip', '-br', 'link'])).not.toContain('gone0');
    expect((await lab.status())[1]?.pid).not.toBe(before);
    await lab.crash(2);
    expect((await lab.status())[1]).toMatchObject({ up: false, pid: null, state: 'down' });
    await expect(lab.exec(2, ['true'])).rejects.toThrow(/host 2 of lab 'story-a' is down/);
    await lab.start(2);
    await lab.stop(2);
    await lab.start(2);
    expect(await lab.ssh(2, ['cat', '/root/kept', '/var/lib/kept'])).toBe('one\ntwo\n');
  });

  test('comes back by itself when it is told to reboot from inside', async () => {
    const boot = await lab.exec(2, ['cat', '/proc/1/stat']);
    await lab.exec(2, ['systemctl', 'reboot']);
    await expect.poll(() => lab.ssh(2, ['cat', '/proc/1/stat']).catch(() => boot), { timeout: 60_000 }).not.toBe(boot);
  });

  test('gets a file of this machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-'));
    await writeFile(join(folder, 'note'), 'from outside');
    await lab.cp(1, join(folder, 'note'), '/tmp/note');
    await rm(folder, { recursive: true });
    expect(await lab.ssh(1, ['cat', '/tmp/note'])).toBe('from outside');
  });
});

describe('the network', () => {
  const ping = (from: number, to: number) => lab.exec(from, ['ping', '-c1', '-W1', lab.address(to)]);

  test('is cut between two hosts and healed', async () => {
    await ping(1, 2);
    await lab.partition(1, 2);
    await expect(ping(1, 2)).rejects.toMatchObject({ exitCode: 1 });
    expect(await lab.ssh(1, ['hostname'])).toBe('h1\n'); // this machine still reaches it
    expect((await lab.status())[0]?.cuts).toEqual(['1-2']);
    await lab.heal(1, 2);
    await ping(1, 2);
  });

  test('is cut from everybody, and a reboot does not heal it', async () => {
    await lab.partition(1);
    await expect(lab.ssh(1, ['hostname'])).rejects.toMatchObject({ exitCode: 255 });
    expect(await lab.exec(1, ['hostname'])).toBe('h1\n');
    await expect(lab.exec(1, ['ping', '-c1', '-W1', '10.77.101.254'])).rejects.toMatchObject({ exitCode: 1 });
    await lab.heal();
    expect(await lab.ssh(1, ['hostname'])).toBe('h1\n');
  });

  test('does not lead into another lab', async () => {
    expect(await other.ssh(1, ['hostname', '-I'])).toContain('10.77.102.11');
    await expect(lab.exec(1, ['ping', '-c1', '-W1', other.address(1)])).rejects.toMatchObject({ exitCode: 1 });
  });
});

test('a limited folder is full when it is full, and the rest of the disk is not', async () => {
  await lab.limitedDir(1, '/var/lib/small', '2m');
  await expect(lab.ssh(1, ['dd', 'if=/dev/zero', 'of=/var/lib/small/file', 'bs=1M', 'count=4'])).rejects.toThrow(
    /No space left on device/,
  );
  await lab.ssh(1, ['dd', 'if=/dev/zero', 'of=/var/lib/file', 'bs=1M', 'count=4']);
  await lab.unlimit(1, '/var/lib/small');
  expect(await lab.ssh(1, ['ls', '-A', '/var/lib/small'])).toBe('');
});

describe('nothing is left behind', () => {
  test('after down, and the other lab does not notice', async () => {
    await other.down();
    expect(await leavings('story-b', '10.77.102')).toEqual([]);
    expect(await lab.ssh(1, ['hostname'])).toBe('h1\n');
    other = await startLab({ name: 'story-b', net: '10.77.102', hosts: 1 });
    expect(await other.ssh(1, ['hostname'])).toBe('h1\n');
  });

  // Early: before the hosts' first process; late: while systemd boots.
  for (const delay of [50, 150, 300, 600]) {
    test(`after SIGINT ${delay} ms into up`, async () => {
      const code = await interruptedUp('story-c', '10.77.103', 'SIGINT', delay);
      expect([130, 0]).toContain(code);
      if (code === 0) await execa(script, ['down'], { env: environment('story-c', '10.77.103') });
      expect(await leavings('story-c', '10.77.103')).toEqual([]);
    });
  }

  for (const delay of [100, 200, 300, 450]) {
    test(`after kill -9 ${delay} ms into up, then down`, async () => {
      await interruptedUp('story-d', '10.77.104', 'SIGKILL', delay);
      await execa(script, ['down'], { env: environment('story-d', '10.77.104') });
      expect(await leavings('story-d', '10.77.104')).toEqual([]);
    });
  }
});

const environment = (name: string, net: string) => ({ ...process.env, LAB_NAME: name, LAB_NET: net });

async function interruptedUp(name: string, net: string, signal: NodeJS.Signals, delay: number) {
  const up = execa(script, ['up', '2'], { env: environment(name, net), stdio: 'ignore', reject: false });
  await sleep(delay);
  up.kill(signal);
  return (await up).exitCode;
}

/** All that a lab may leave on this machine: namespaces, links, control groups, processes, mounts, files. */
async function leavings(name: string, net: string): Promise<string[]> {
  const left: string[] = [];
  for (const file of await readdir('/run/netns')) if (file.startsWith(`sealer-${name}-`)) left.push(file);
  const { stdout: addresses } = await execa('ip', ['-o', 'address']);
  left.push(...addresses.split('\n').filter((line) => line.includes(` ${net}.`)));
  const { stdout: groups } = await execa('find', ['/sys/fs/cgroup', '-type', 'd', '-name', `sealer-lab-${name}`]);
  left.push(...groups.split('\n').filter(Boolean));
  left.push(
    ...(await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(`/labs/${name}/`)),
  );
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (variables.split('\0').includes(`LAB_NAME=${name}`)) left.push(`process ${pid}`);
  }
  if (
    await access(join(labs, name)).then(
      () => true,
      () => false,
    )
  )
    left.push(join(labs, name));
  return left;
}
