import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { type Holder, silence, takeLock } from './lock-file.js';
import { describeProcess, isBelievedAlive, isProcessAlive, processIdentity } from './process-identity.js';

const [pid, ticks, namespace, boot, host] = processIdentity().split('.') as [string, string, string, string, string];
const later = String(Number(ticks) + 1);

test.each([
  ['this process', [pid, ticks, namespace, boot, host], true],
  ['another that began later and got its number', [pid, later, namespace, boot, host], false],
  ['number 1 of a container that has ended, seen from the next', ['1', '5', namespace, boot, host], false],
  ['a number nobody has', ['4194304', ticks, namespace, boot, host], false],
  ['this process, in a container whose host name is its own', [pid, ticks, namespace, boot, 'f00f'], true],
  ['one from before the machine was started anew', [pid, ticks, namespace, '00000000', host], false],
  ['one of another machine', [pid, ticks, namespace, '00000000', 'elsewhere'], undefined],
  ['this process, as an earlier version wrote it', [pid, ticks, host], true],
  ['one of another machine, as an earlier version wrote it', [pid, ticks, 'elsewhere'], undefined],
  ['a number alone', [pid], undefined],
  ['something else', ['released'], undefined],
])('%s', (_, parts, alive) => {
  expect(isProcessAlive(parts.join('.'))).toBe(alive);
});

test('a process that cannot be seen is believed for a time', () => {
  const elsewhere = `1.1.${namespace}.00000000.elsewhere`;
  expect(isBelievedAlive(elsewhere, Date.now() - 1_000, 60_000)).toBe(true);
  expect(isBelievedAlive(elsewhere, Date.now() - 61_000, 60_000)).toBe(false);
  expect(isBelievedAlive(processIdentity(), 0, 1)).toBe(true);
});

test('a child is told from its ghost', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const stat = await readFile(`/proc/${child.pid}/stat`, 'latin1');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const name = `${child.pid}.${start}.${namespace}.${boot}.${host}`;
  expect(isProcessAlive(name)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(isProcessAlive(name)).toBe(false);
  expect(describeProcess(name)).toBe(`process ${child.pid} on this machine`);
  expect(describeProcess('12.3.4.00000000.elsewhere')).toBe('process 12 on elsewhere');
  expect(hostname().replace(/[^\w-]/g, '_')).toBe(host);
});

test.each([
  ['a holder on another machine that is silent', '1.1.1.00000000.elsewhere', silence + 1_000, 'taken'],
  ['a holder on another machine that shows signs of life', '1.1.1.00000000.elsewhere', 1_000, 'held'],
  ['a number alone that is silent', '1', silence + 1_000, 'taken'],
  ['a dead holder, however fresh its file', `1.5.${namespace}.${boot}.${host}`, 0, 'taken'],
  ['a living holder, however old its file', processIdentity(), 3_600_000, 'held'],
])('a lock: %s', async (_, owner, age, expected) => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'lock');
  await writeFile(path, owner);
  const at = new Date(Date.now() - age);
  await utimes(path, at, at);
  let holder: Holder | undefined;
  const taken = takeLock(path, (found) => {
    holder = found;
    throw new Error('held');
  });
  if (expected === 'held') {
    await expect(taken).rejects.toThrow('held');
    expect(holder?.isSeen).toBe(owner === processIdentity());
    return;
  }
  const release = await taken;
  expect(await readFile(path, 'utf8')).toBe(processIdentity());
  await writeFile(path, 'somebody else, who took it');
  await release();
  expect(await readFile(path, 'utf8')).toContain('somebody else');
});
