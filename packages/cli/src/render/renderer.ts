/** What shows the events of a command: one of them a process, chosen by base-command. */
import type { Emit } from '@sealer/core';

export interface Renderer {
  emit: Emit;
  /** Says that what runs is being ended: what fails from now on was stopped. */
  interrupt(text: string): void;
  /** Ends what moves on the screen. Safe to call again. */
  end(outcome: Outcome): void;
}

export type Outcome = 'done' | 'stopped';

/** With `--quiet`, and what the others do with a Ctrl-C. */
export const silentRenderer: Renderer = {
  emit: () => undefined,
  interrupt: (text) => void process.stderr.write(`\n${text}\n`),
  end: () => undefined,
};
