import { progress } from '../format.js';

/** A line of the live view: a host of a run, or a piece of work on images. */
export type RowState = 'waiting' | 'working' | 'done' | 'failed' | 'stopped';

export interface Row {
  readonly name: string;
  readonly state: RowState;
  /** The step at work, or what came of it. */
  text(now: number): string;
  /** The last line that the step at work wrote. */
  readonly output?: string | undefined;
  /** Nothing more will come of it. */
  stop(outcome: 'done' | 'stopped', now: number): void;
}

/** What takes no longer says no time. */
const shownFrom = 2000;

export function withElapsed(text: string, milliseconds: number): string {
  if (milliseconds <= shownFrom) return text;
  const total = Math.floor(milliseconds / 1000);
  return `${text} (${total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`})`;
}

/** `5.0 MB of 20.0 MB, 25 %`. */
export function howFar(event: { current: number; total?: number; unit: 'bytes' | 'items' }): string {
  const { current, total, unit } = event;
  const percent = unit === 'bytes' && total ? `, ${Math.min(100, Math.floor((100 * current) / total))} %` : '';
  return `${progress(event)}${percent}`;
}
