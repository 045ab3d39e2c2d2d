/** This machine as a host: commands are child processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ShellChannel, ShellTransport } from './shell-channel.js';

export const localTransport: ShellTransport = {
  async exec(line: string): Promise<ShellChannel> {
    const child = spawn('/bin/sh', ['-c', line], { stdio: ['pipe', 'pipe', 'pipe'] });
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
    await once(socket, 'connect');
    return socket;
  },
  async close() {},
};
