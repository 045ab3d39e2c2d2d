import type { SealerEvent } from '@sealer/core';
import { count, seconds } from '../format.js';
import { plainLine } from './plain-text.js';
import { howFar, type Row, type RowState, withElapsed } from './row.js';

export type StepEvent = Extract<SealerEvent, { type: `step-${string}` }>;

interface RunningStep {
  title: string;
  since: number;
  progress?: string;
  output?: string;
}

export class HostRow implements Row {
  state: RowState;
  /** Of the step that failed. */
  error = '';
  readonly #running = new Map<string, RunningStep>();
  #steps = 0;
  #seconds = 0;

  constructor(
    readonly name: string,
    /** Steps that the plan has for it. */
    private readonly planned: number | undefined,
  ) {
    this.state = planned === 0 ? 'done' : 'waiting';
  }

  get output(): string | undefined {
    return this.#current?.output;
  }

  text(now: number): string {
    const step = this.#current;
    const far = this.planned === undefined ? count(this.#steps, 'step') : `${this.#steps} of ${this.planned} steps`;
    if (this.state === 'failed') return this.error;
    if (this.state === 'stopped') return `stopped after ${far}`;
    if (this.planned === 0 && this.state === 'done') return 'nothing to do';
    if (this.state === 'done') return `${count(this.#steps, 'step')} (${seconds(this.#seconds)})`;
    if (!step) return this.#steps ? `waits, ${far}` : 'waits';
    return withElapsed([step.title, step.progress].filter(Boolean).join(': '), now - step.since);
  }

  take(event: StepEvent, now: number, interrupted: boolean): void {
    const step = this.#running.get(event.step);
    switch (event.type) {
      case 'step-start':
        this.#running.set(event.step, { title: plainLine(event.title), since: now });
        if (this.state !== 'failed') this.state = 'working';
        return;
      case 'step-progress':
        if (step) step.progress = howFar(event);
        return;
      case 'step-output':
        if (step) step.output = plainLine(event.line) || step.output;
        return;
      case 'step-end':
        this.#end(event, interrupted);
    }
  }

  stop(outcome: 'done' | 'stopped'): void {
    this.#running.clear();
    if (this.state === 'waiting' || this.state === 'working') this.state = outcome;
  }

  #end(event: Extract<StepEvent, { type: 'step-end' }>, interrupted: boolean): void {
    this.#running.delete(event.step);
    this.#seconds += event.seconds;
    if (!event.onDemand && (event.status === 'done' || event.status === 'holds')) this.#steps += 1;
    if (this.state === 'failed') return;
    if (event.status === 'failed' && !interrupted) {
      this.state = 'failed';
      this.error = plainLine(`${event.title}: ${event.error?.message ?? 'failed'}`);
    } else if (this.#running.size === 0) {
      this.state = this.planned !== undefined && this.#steps >= this.planned ? 'done' : 'waiting';
    }
  }

  /** The one that began last: it may be what an earlier one waits for. */
  get #current(): RunningStep | undefined {
    return [...this.#running.values()].at(-1);
  }
}
