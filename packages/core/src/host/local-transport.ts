/** This machine as a host: commands are child processes. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { startProgram } from '../program/start-program.js';
import { hostErrors } from './host-errors.js';
import type { ShellChannel, ShellTransport } from './shell-channel.js';

export const localTransport: ShellTransport = {
  async exec(line: string): Promise<ShellChannel> {
    // In a session of its own, as on a remote host: Ctrl-C reaches sealer, which then ends commands in its way.
    const child = await startProgram(['/bin/sh', '-c', line], { apart: true });
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended: child.ended.then(({ exitCode, signal }) => ({ status: exitCode, signal })),
      abandon: () => {
        child.stdin.destroy();
        child.stdout.destroy();
        child.stderr.destroy();
      },
    };
  },
  async connect(port: number, address: string): Promise<Duplex> {
    const socket = connect(port, address);
    try {
      await once(socket, 'connect');
    } catch (cause) {
      const reason = (cause as Error).message;
      throw hostErrors.HOST_UNREACHABLE({ host: `local (${address})`, port, reason }, { cause });
    }
    return socket;
  },
  async close() {},
};
