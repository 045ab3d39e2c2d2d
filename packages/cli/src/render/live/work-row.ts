import type { SealerEvent } from '@sealer/core';
import { progress } from '../format.js';
import { plainLine } from './plain-text.js';
import { howFar, type Row, type RowState, withElapsed } from './row.js';

export type ProgressEvent = Extract<SealerEvent, { type: 'progress' }>;

/** A transfer, or other long work on an image. */
export class WorkRow implements Row {
  readonly name: string;
  readonly partOf: string | undefined;
  state: RowState = 'working';
  #last: ProgressEvent;
  #until: number | undefined;

  constructor(
    event: ProgressEvent,
    private readonly since: number,
  ) {
    this.name = plainLine(event.title);
    this.partOf = event.partOf;
    this.#last = event;
    this.take(event, since);
  }

  take(event: ProgressEvent, now: number): void {
    this.#last = event;
    this.state = 'working';
    this.#until = undefined;
    if (event.done) this.stop('done', now);
  }

  text(now: number): string {
    const far = this.state === 'done' ? progress(this.#last) : howFar(this.#last);
    return withElapsed(far, (this.#until ?? now) - this.since);
  }

  stop(outcome: 'done' | 'stopped', now: number): void {
    if (this.state !== 'working') return;
    this.state = outcome;
    this.#until = now;
  }
}
