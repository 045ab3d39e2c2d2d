/** The live view of the CLI on a terminal that can be looked at, with the clock in the test's hand; and events to feed it. */
import type { SealerEvent } from '@sealer/core';
import { vi } from 'vitest';
import { liveRenderer } from '../../packages/cli/src/render/live/live.js';
import { TestTerminal } from './screen.js';

export class LiveView implements Disposable {
  readonly terminal: TestTerminal;
  readonly renderer;

  constructor(columns = 80, rows = 24) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
    this.terminal = new TestTerminal(columns, rows);
    this.renderer = liveRenderer(this.terminal);
  }

  emit(...events: SealerEvent[]): void {
    for (const event of events) this.renderer.emit(event);
  }

  async after(milliseconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(milliseconds);
  }

  /** Lets the drawing begin, which real loading of modules is part of. */
  async begun(): Promise<void> {
    await this.after(150);
    const until = performance.now() + 10_000;
    while (this.terminal.cursorIsShown && performance.now() < until)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** All lines, with `*` for the mark of what is at work, which turns. */
  async lines(): Promise<string[]> {
    const lines = this.terminal.lines();
    // The emulator takes what it is given a tick later.
    await this.after(1);
    return (await lines).map((line) => line.replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, '*'));
  }

  async scrolled(): Promise<number> {
    const count = this.terminal.scrolled();
    await this.after(1);
    return await count;
  }

  [Symbol.dispose](): void {
    this.renderer.end('stopped');
    vi.useRealTimers();
  }
}

type EventOf<Type> = Extract<SealerEvent, { type: Type }>;

export const names = (count: number) => Array.from({ length: count }, (_, index) => `10.0.0.${index + 1}`);
export const runStart = (hosts: string[], each = 2): SealerEvent => ({
  type: 'run-start',
  operation: 'run',
  cluster: 'c',
  steps: each * hosts.length,
  hosts,
  stepsByHost: Object.fromEntries(hosts.map((host) => [host, each])),
});
export const runEnd = (status: 'done' | 'failed' | 'interrupted', done: number): SealerEvent => ({
  type: 'run-end',
  operation: 'run',
  cluster: 'c',
  status,
  done,
  skipped: 0,
  seconds: 12,
});
const place = (host: string, title: string) => ({ step: `${host} ${title}`, title, host, phase: 'p' });
export const start = (host: string, title: string): EventOf<'step-start'> => ({
  type: 'step-start',
  ...place(host, title),
});
export const end = (host: string, title: string, failure?: string): EventOf<'step-end'> => ({
  type: 'step-end',
  ...place(host, title),
  status: failure ? 'failed' : 'done',
  seconds: 1,
  ...(failure ? { error: { code: 'X', message: failure } } : {}),
});
export const output = (host: string, title: string, line: string): SealerEvent => ({
  type: 'step-output',
  step: `${host} ${title}`,
  host,
  line,
});
export const sent = (host: string, title: string, current: number, total: number): SealerEvent => ({
  type: 'step-progress',
  step: `${host} ${title}`,
  host,
  current,
  total,
  unit: 'bytes',
});
export const work = (id: string, current: number, total?: number, done?: true): EventOf<'progress'> => ({
  type: 'progress',
  id,
  title: id,
  current,
  unit: 'bytes',
  ...(total === undefined ? {} : { total }),
  ...(done ? { done } : {}),
});
export const tell = (text: string, level: 'info' | 'warning' = 'info', host?: string): SealerEvent => ({
  type: 'message',
  level,
  text,
  ...(host ? { host } : {}),
});
