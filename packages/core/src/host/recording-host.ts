/** A host for dry runs: questions go to the real one, changes are written down and not done. */
import { createHash } from 'node:crypto';
import { redact, Secret } from '../secrets/secret.js';
import { describe } from './command.js';
import type { CommandResult, Host } from './host.js';

export type RecordedChange =
  | { kind: 'run'; command: string }
  | { kind: 'write'; path: string; mode: number; bytes: number; sha256: string };

export interface RecordingHost extends Host {
  readonly recorded: RecordedChange[];
}

const success: CommandResult = { status: 0, signal: undefined, stdout: '', stderr: '' };

export function recordHost(host: Host): RecordingHost {
  const recorded: RecordedChange[] = [];
  return {
    name: host.name,
    address: host.address,
    query: host.query,
    recorded,
    async run(command) {
      recorded.push({ kind: 'run', command: describe(command) });
      return success;
    },
    async write(path, content, options = {}) {
      // A secret's hash could be tried against guesses, so it is not recorded.
      const bytes = content instanceof Secret ? Buffer.alloc(0) : Buffer.from(content);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      recorded.push({ kind: 'write', path: redact(path), mode: options.mode ?? 0o644, bytes: bytes.length, sha256 });
    },
    connect: () => Promise.reject(new Error('a dry run opens no connection')),
    close: async () => undefined,
  };
}
