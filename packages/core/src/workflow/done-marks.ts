/**
 * Steps that have no `check` are remembered on their host, with a fingerprint of what they depend on. The record is
 * on the host, so that any operator's machine can go on where another stopped.
 */
import { createHash } from 'node:crypto';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import type { Step } from './step.js';

export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value, sortKeys) ?? '')
    .digest('hex');
}

export async function isMarkedDone(host: Host, base: string, step: Step): Promise<boolean> {
  return (await host.query.readFile(markPath(base, step)))?.trim() === fingerprint(step.key);
}

export async function markDone(host: Host, base: string, step: Step): Promise<void> {
  await host.run(script(scripts.markDone, base, markPath(base, step), fingerprint(step.key)));
}

function markPath(base: string, step: Step): string {
  return `${base}/steps/${createHash('sha256').update(step.id).digest('hex').slice(0, 24)}`;
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
