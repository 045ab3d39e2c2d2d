/** On a terminal: what is at work moves at the bottom of the screen, what must stay is said above it. */
import type { SealerEvent } from '@sealer/core';
import { count, seconds } from '../format.js';
import type { Outcome, Renderer } from '../renderer.js';
import { collapse } from './collapse.js';
import type { Drawing } from './drawing.js';
import { plainText } from './plain-text.js';
import { Rows } from './rows.js';
import type { Terminal } from './screen.js';

/** What is over before has no need of a drawing, nor of the time that loading listr2 takes. */
const drawnAfter = 150;

export function liveRenderer(terminal: Terminal = process.stderr): Renderer {
  return new LiveRenderer(terminal);
}

class LiveRenderer implements Renderer {
  readonly #rows = new Rows();
  #drawing: Drawing | undefined;
  #opening: NodeJS.Timeout | undefined;

  constructor(private readonly terminal: Terminal) {}

  readonly emit = (event: SealerEvent): void => {
    if (this.#rows.take(event, Date.now())) this.#begin();
    if (event.type === 'run-start')
      this.#say(
        `${event.operation} of cluster ${event.cluster}: ${count(event.steps, 'step')} on ${count(event.hosts.length, 'host')}`,
      );
    if (event.type === 'message') {
      const at = event.host ? `[${event.host}] ` : '';
      this.#say(`${event.level === 'warning' ? '! ' : '  '}${at}${plainText(event.text)}`);
    }
    if (event.type === 'run-end') this.#endRun(event);
  };

  interrupt(text: string): void {
    this.#rows.interrupted = true;
    this.#say(`\n${text}`);
  }

  end(outcome: Outcome): void {
    this.#rows.stop(outcome, Date.now());
    for (const { name, error } of this.#close()) this.#say(`✖ ${name}  ${error}`);
  }

  #begin(): void {
    // Work goes on where it cannot be drawn.
    this.#opening ??= setTimeout(() => void this.#open().catch(() => undefined), drawnAfter).unref();
  }

  async #open(): Promise<void> {
    const opening = this.#opening;
    const { Drawing } = await import('./drawing.js');
    const look = (lines: number) => collapse(this.#rows.all, this.#rows.settled, lines);
    // It may have ended, and another have begun, while listr2 was loaded.
    const drawing = await Drawing.open(this.terminal, look, () => this.#opening === opening);
    if (drawing) this.#drawing = drawing;
  }

  #endRun(event: Extract<SealerEvent, { type: 'run-end' }>): void {
    const hosts = this.#rows.all.length;
    this.#rows.stop(event.status === 'done' || event.status === 'unchanged' ? 'done' : 'stopped', Date.now());
    const failed = this.#close();
    for (const { name, error } of failed) this.#say(`✖ ${name}  ${error}`);
    const steps = `${count(event.done, 'step')} run, ${event.skipped} held already`;
    const lost = failed.length ? `, ${failed.length} of ${count(hosts, 'host')} failed` : '';
    this.#say(`${event.status}: ${steps}${lost}, ${seconds(event.seconds)}`);
  }

  /** What is drawn stays, but for hosts that failed. @returns those */
  #close() {
    const failed = this.#rows.takeFailed();
    clearTimeout(this.#opening);
    this.#opening = undefined;
    this.#drawing?.end();
    this.#drawing = undefined;
    this.#rows.clear();
    return failed;
  }

  #say(text: string): void {
    if (this.#drawing) this.#drawing.above(text);
    else this.terminal.write(`${text}\n`);
  }
}
