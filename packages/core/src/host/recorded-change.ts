/** What a dry run writes down of a host; the engine knows this, and not how a host is recorded. */
import type { Host } from './host.js';
import { type RecordedChange, recordHost } from './recording-host.js';

export type { RecordedChange };

export function recordChanges(host: Host): { host: Host; changes: RecordedChange[] } {
  const recording = recordHost(host);
  return { host: recording, changes: recording.recorded };
}
