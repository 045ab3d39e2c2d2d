/** Turns counted bytes into progress events, one a megabyte. */
import type { Emit } from './events.js';

export interface ByteReport {
  id: string;
  title: string;
  partOf?: string;
  total?: number | undefined;
  emit: Emit | undefined;
}

export function reportBytes({ id, title, partOf, total, emit }: ByteReport) {
  const common = { type: 'progress', id, ...(partOf === undefined ? {} : { partOf }), title, unit: 'bytes' } as const;
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

const worthALine = 1024 * 1024;

export interface BlobReport {
  onBytes(bytes: number): void;
  done(): void;
}

/** For each blob on its way, beside what it is a part of. Small ones are there before anybody has read their line. */
export function reportBlobs(partOf: string, emit: Emit | undefined) {
  return ({ digest, size }: { digest: string; size: number }): BlobReport | undefined => {
    if (size < worthALine) return undefined;
    const id = `${partOf}:${digest}`;
    const report = reportBytes({ id, title: `blob ${digest.slice(7, 19)}`, partOf, total: size, emit });
    report.onTotal(size);
    return report;
  };
}
