/**
 * A TCP connection that reads everything into one buffer of its own. node:http's parser copies what it hands on, so a
 * buffer for each read, which is what a socket makes otherwise, would only be more work for the garbage collector.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** Bytes read at a time. */
const readSize = 256 * 1024;

export function connectTcp(options: NetConnectOpts): Socket {
  const callback = (bytes: number, buffer: Uint8Array): boolean => {
    const piece = Buffer.from(buffer.buffer, buffer.byteOffset, bytes);
    // What is not passed on at once has to outlive the next read.
    const passedOn = socket.readableFlowing && socket.readableLength === 0 && socket.listenerCount('data') > 0;
    return socket.push(passedOn ? piece : Buffer.from(piece));
  };
  const socket = connect({ ...options, onread: { buffer: Buffer.allocUnsafeSlow(readSize), callback } });
  return socket;
}
