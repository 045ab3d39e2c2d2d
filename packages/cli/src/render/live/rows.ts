/** The rows of the live view, kept by events. */
import type { SealerEvent } from '@sealer/core';
import { HostRow } from './host-row.js';
import type { Row } from './row.js';
import { WorkRow } from './work-row.js';

export class Rows {
  #rows: Row[] = [];
  #settled: Row[] = [];
  readonly #hosts = new Map<string, HostRow>();
  readonly #work = new Map<string, WorkRow>();
  /** Steps that fail now were stopped. */
  interrupted = false;

  get all(): readonly Row[] {
    return this.#rows;
  }

  /** Those that have ended, the latest last. */
  get settled(): readonly Row[] {
    return this.#settled;
  }

  /** @returns whether there is something to draw */
  take(event: SealerEvent, now: number): boolean {
    switch (event.type) {
      case 'run-start':
        for (const host of event.hosts) this.#addHost(host, event.stepsByHost[host] ?? 0);
        return true;
      case 'step-start':
      case 'step-progress':
      case 'step-output':
      case 'step-end': {
        // Steps outside of a run have no plan.
        const name = event.host ?? 'cluster';
        const row = this.#hosts.get(name) ?? this.#addHost(name, undefined);
        row.take(event, now, this.interrupted);
        this.#note(row);
        return true;
      }
      case 'progress': {
        const row = this.#work.get(event.id);
        if (row?.state === 'working') row.take(event, now);
        else this.#work.set(event.id, this.#put(new WorkRow(event, now), row));
        this.#note(this.#work.get(event.id) as WorkRow);
        if (event.done) this.#dropPartsOf(event.id);
        return true;
      }
      default:
        return false;
    }
  }

  stop(outcome: 'done' | 'stopped', now: number): void {
    for (const row of this.#rows) row.stop(outcome, now);
  }

  /** Takes out the hosts that failed. */
  takeFailed(): HostRow[] {
    const failed = [...this.#hosts.values()].filter((row) => row.state === 'failed');
    this.#rows = this.#rows.filter((row) => row.state !== 'failed');
    return failed;
  }

  clear(): void {
    this.#rows = [];
    this.#settled = [];
    this.#hosts.clear();
    this.#work.clear();
  }

  #addHost(name: string, planned: number | undefined): HostRow {
    const row = new HostRow(name, planned);
    this.#hosts.set(name, row);
    return this.#put(row);
  }

  /** The same work once more takes the place of what it was before. */
  #put<Kind extends Row>(row: Kind, before?: Row): Kind {
    if (before) this.#rows[this.#rows.indexOf(before)] = row;
    else this.#rows.push(row);
    return row;
  }

  /** The whole says all that is of interest afterwards. */
  #dropPartsOf(id: string): void {
    for (const [part, row] of this.#work) {
      if (row.partOf !== id) continue;
      this.#work.delete(part);
      this.#rows = this.#rows.filter((one) => one !== row);
      this.#settled = this.#settled.filter((one) => one !== row);
    }
  }

  #note(row: Row): void {
    const ended = row.state === 'done' || row.state === 'failed';
    if (ended === this.#settled.includes(row)) return;
    this.#settled = this.#settled.filter((one) => one !== row);
    if (ended) this.#settled.push(row);
  }
}
