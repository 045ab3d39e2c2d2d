/** This machine as a host: commands are child processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { hostErrors } from './host-errors.js';
import type { ShellChannel, ShellTransport } from './shell-channel.js';

export const localTransport: ShellTransport = {
  async exec(line: string): Promise<ShellChannel> {
    // In a session of its own, as on a remote host: Ctrl-C reaches sealer, which then ends commands in its way.
    const child = spawn('/bin/sh', ['-c', line], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended: new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve({ status: code ?? undefined, signal: signal ?? undefined }));
      }),
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
