/** A TCP connection from a host's point of view where sshd forwards nothing: a command there carries the bytes. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import * as scripts from '../generated/scripts.js';
import { AfterMarker, markerOf } from './after-marker.js';
import { script } from './command.js';
import { commandLine, envelope } from './envelope.js';
import { hostErrors } from './host-errors.js';
import type { SshChannel } from './ssh-channel.js';

/** Milliseconds a port has to answer. */
const answerTimeout = 15_000;

export interface RelayTarget {
  host: string;
  address: string;
  port: number;
}

/** @throws HOST_UNREACHABLE with what bash saw, HOST_FORWARDING_REFUSED where the command was not carried out */
export async function openRelay(
  start: (line: string) => Promise<SshChannel>,
  { host, address, port }: RelayTarget,
): Promise<Duplex> {
  const mark = randomBytes(8).toString('hex');
  const began = new AfterMarker(mark);
  const answered = new AfterMarker(`relay-${mark}`);
  const channel = await start(commandLine({ kind: 'root' }, mark));
  const stream = channel.stdin as Duplex;
  let said = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    if (said.length < 10_000) said += began.take(chunk).toString();
  });
  // Whoever gets the stream sees its end; `over` is for what runs a command.
  channel.ended.catch(() => undefined);
  const command = script(scripts.relay, address, String(port), markerOf(`relay-${mark}`).trimEnd());
  stream.write(envelope(command, { kind: 'root' }, mark, {}));
  const rest = await Promise.race([firstBytes(stream, answered), late()]);
  if (rest === undefined || rest === 'late') {
    channel.abandon();
    if (began.seen) {
      const reason = rest === 'late' ? `no answer within ${answerTimeout / 1000} s` : reasonIn(said);
      throw hostErrors.HOST_UNREACHABLE({ host: `${host} (${address})`, port, reason });
    }
    const last = began.before.split('\n').at(-1) || answered.before.split('\n').at(-1);
    throw hostErrors.HOST_FORWARDING_REFUSED({ host, said: last || 'nothing' });
  }
  if (rest.length) stream.unshift(rest);
  return stream;
}

/** What follows the marker of what was read; undefined when all has ended before it came. */
async function firstBytes(stream: Duplex, marker: AfterMarker): Promise<Buffer | undefined> {
  for (;;) {
    const chunk: Buffer | null = stream.read();
    if (chunk) {
      const rest = marker.take(chunk);
      if (marker.seen) return rest;
    } else if (stream.readableEnded || stream.destroyed) return undefined;
    else {
      const listening = new AbortController();
      const { signal } = listening;
      await Promise.race(['readable', 'end', 'close'].map((event) => once(stream, event, { signal })));
      listening.abort();
    }
  }
}

function late(): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), answerTimeout).unref());
}

/** `bash: line 1: /dev/tcp/127.0.0.1/1: Connection refused` */
function reasonIn(said: string): string {
  const line = said.trim().split('\n').at(-1) ?? '';
  return line.replace(/^.*: /, '') || 'the connection was closed';
}
