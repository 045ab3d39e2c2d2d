/** Login shells that write before our commands, or do not carry them out; sudo that refuses, and why. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '../secrets/secret.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { AfterMarker, markerOf } from './after-marker.js';
import { script } from './command.js';
import { findPrivilege } from './find-privilege.js';
import { localTransport } from './local-transport.js';
import type { ShellTransport } from './shell-channel.js';
import { ShellHost } from './shell-host.js';
import { refusalOf } from './sudo-refusals.js';

/** As sshd does it: the line goes to a shell that reads files of its own first. */
const behind = (before: string): ShellTransport => ({
  ...localTransport,
  exec: (line) => localTransport.exec(`${before}\n${line}`),
});

const noise = `echo 'Welcome!
now=1
hostname=wrong'; printf 'no end of line'; echo 'bash: warning: setlocale' >&2; printf 'oops' >&2`;

test('what .bashrc, a wrapper or a message of the day write gets into nothing', async () => {
  const host = new ShellHost('h', '127.0.0.1', behind(noise), { kind: 'root' });
  expect(await host.query.output(['echo', 'x'])).toBe('x');
  expect(await host.query.readFile('/proc/sys/kernel/ostype')).toBe('Linux\n');
  expect((await host.query.facts()).hostname).not.toBe('wrong');
  const lines: string[] = [];
  const both = script('cat; echo err >&2; exit 3');
  const result = await host.query.run(both, { stdin: 'in\n', onLine: (line, from) => lines.push(`${from} ${line}`) });
  expect(result).toEqual({ status: 3, signal: undefined, stdout: 'in\n', stderr: 'err\n' });
  expect(lines.sort()).toEqual(['stderr err', 'stdout in']);
});

test.each([
  ['a shell that is none', 'echo "This account is currently not available."; exit 1', 'currently not available'],
  ['a forced command that ends well', 'echo "backup only"; exit 0', 'backup only'],
  ['a password that has to be changed', 'echo "Password change required but no TTY available." >&2; exit 1', 'TTY'],
  ['no bash', 'PATH=/nonexistent', 'not found'],
])('a command that is not started is none that failed: %s', async (_, before, said) => {
  const host = new ShellHost('h', '127.0.0.1', behind(before), { kind: 'root' });
  const expected = { code: 'HOST_COMMAND_NOT_STARTED', message: expect.stringContaining(said) };
  await expect(host.query.run(['true'])).rejects.toMatchObject(expected);
  await expect(findPrivilege({ host: 'h', user: 'ops' }, behind(before))).rejects.toMatchObject(expected);
});

test('the marker is found however the bytes are cut', () => {
  const text = Buffer.from(`noise${markerOf('x').slice(0, 9)}${markerOf('x')}own\0bytes${markerOf('x')}`);
  for (let size = 1; size <= text.length; size += 1) {
    const after = new AfterMarker('x');
    const parts: Buffer[] = [];
    for (let at = 0; at < text.length; at += size) parts.push(after.take(text.subarray(at, at + size)));
    expect(Buffer.concat(parts).toString()).toBe(`own\0bytes${markerOf('x')}`);
    expect(after.before).toBe(`noise${markerOf('x').slice(0, 9)}`);
  }
});

// As sudo 1.8, 1.9 and sudo-rs write it.
test.each([
  ['sudo: a password is required', 1, 'password-wanted', 'asks for a password'],
  ['sudo: interactive authentication is required', 1, 'password-wanted', 'asks for a password'],
  ['sudo: sorry, you must have a tty to run sudo', 1, 'other', 'requiretty'],
  ['ops is not in the sudoers file.  This incident will be reported.', 1, 'other', 'not allow'],
  ['Sorry, user ops is not allowed to execute "/usr/bin/env" as root on h1.', 1, 'other', 'not allow'],
  ['Sorry, user ops may not run sudo on h1.', 1, 'other', 'not allow'],
  ['sh: 1: sudo: not found', 127, 'other', 'no sudo'],
  ['bash: sudo: command not found', 127, 'other', 'no sudo'],
  ['env: ‘sudo’: No such file or directory', 127, 'other', 'no sudo'],
  ['fish: Unknown command: sudo', 127, 'other', 'no sudo'],
  ['Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt', 1, 'other', 'is wrong'],
  ['sudo: Account or password is expired, reset your password and try again', 1, 'other', 'expired'],
  ['sudo: account validation failure, is your account locked?', 1, 'other', 'expired'],
  ['sudo: /etc/sudoers:3: syntax error\nsudo: no valid sudoers sources found, quitting', 1, 'other', 'settings'],
  ['sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set', 1, 'other', 'does not run as root'],
  ['sudo: The "no new privileges" flag is set, which prevents sudo from running as root.', 1, 'other', 'as root'],
  ['welcome\nsudo: something nobody has seen', 1, 'other', 'sudo said: sudo: something nobody has seen'],
  ['', 1, 'other', 'said nothing'],
] as const)('%s', (said, status, kind, reason) => {
  expect(refusalOf(said, status)).toMatchObject({ kind, reason: expect.stringContaining(reason) });
});

/** A login of a user who is not root, with this in place of sudo. */
async function withSudo(sudo: string, password?: string) {
  await using folder = await temporaryDirectory();
  await writeFile(join(folder.path, 'id'), '#!/bin/sh\necho "${FAKE_UID:-1000}"\n');
  await writeFile(join(folder.path, 'sudo'), `#!/bin/sh\n${sudo}\n`);
  for (const name of ['id', 'sudo']) await chmod(join(folder.path, name), 0o755);
  const login = { host: 'h', user: 'ops', password: password === undefined ? undefined : new Secret(password) };
  return await findPrivilege(login, behind(`${noise}; PATH=${folder.path}:$PATH`));
}

const allowed = 'shift; FAKE_UID=0 exec "$@"';
const asking = `case $* in -n*) echo 'sudo: a password is required' >&2; exit 1;; esac
IFS= read -r p; [ "$p" = right ] || { echo 'sudo: 1 incorrect password attempt' >&2; exit 1; }
shift 4; FAKE_UID=0 exec "$@"`;

test('sudo without a password, with one, and refusals that name what was seen', async () => {
  expect(await withSudo(allowed)).toEqual({ kind: 'sudo' });
  expect(await withSudo(asking, 'right')).toMatchObject({ kind: 'sudo-password' });
  const refused = (message: RegExp) => ({ code: 'HOST_SUDO_REFUSED', message: expect.stringMatching(message) });
  await expect(withSudo(asking)).rejects.toMatchObject(refused(/asks for a password, and none was given/));
  await expect(withSudo(asking, 'guessed')).rejects.toThrow(/the password is wrong/);
  const tty = 'echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1';
  await expect(withSudo(tty, 'right')).rejects.toMatchObject({
    ...refused(/requiretty/),
    hint: expect.stringContaining('!requiretty'),
  });
  await expect(withSudo('shift; FAKE_UID=33 exec "$@"')).rejects.toMatchObject(refused(/user number 33, not root/));
});
