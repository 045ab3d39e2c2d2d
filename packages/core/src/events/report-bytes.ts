/** Turns counted bytes into progress events, one a megabyte. */
import type { Emit } from './events.js';

export interface ByteReport {
  id: string;
  title: string;
  total?: number | undefined;
  emit: Emit | undefined;
}

export function reportBytes({ id, title, total, emit }: ByteReport) {
  const common = { type: 'progress', id, title, unit: 'bytes' } as const;
  let current = 0;
  let reported = 0;
  let known = total;
  const say = (done?: true) =>
    emit?.({ ...common, current, ...(known === undefined ? {} : { total: known }), ...(done ? { done } : {}) });
  return {
    onTotal: (bytes: number) => {
      known = bytes;
      say();
    },
    onBytes: (bytes: number) => {
      current += bytes;
      if (Math.abs(current - reported) < 1024 * 1024) return;
      reported = current;
      say();
    },
    done: () => say(true),
  };
}
