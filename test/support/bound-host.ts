/** A host that is this machine, but for its /var/lib. */
import { execa } from 'execa';
import { ShellHost } from '../../packages/core/src/host/shell-host.js';

/** This machine, with `state` in the place of /var/lib. */
export function hostWith(state: string): ShellHost {
  const bind = 'mount --bind "$1" /var/lib; exec /bin/sh -c "$2"';
  return new ShellHost(
    'here',
    'here',
    {
      async exec(line) {
        const words = ['--mount', 'sh', '-c', bind, 'sh', state, line];
        const child = execa('unshare', words, { buffer: false, reject: false });
        return {
          stdin: child.stdin,
          stdout: child.stdout,
          stderr: child.stderr,
          ended: child.then(({ exitCode, signal }) => ({ status: exitCode, signal })),
          abandon: () => child.kill(),
        };
      },
      connect: () => Promise.reject(new Error('not here')),
      close: async () => undefined,
    },
    { kind: 'root' },
  );
}
