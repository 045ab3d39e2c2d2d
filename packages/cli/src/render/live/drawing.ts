/** Rows as tasks of listr2: events moved the rows, and each frame takes over into the tasks what they are now. */
import { Listr, type ListrDefaultRendererTask, ListrTaskState } from 'listr2';
import stringWidth from 'string-width';
import type { Collapsed } from './collapse.js';
import { HostRow } from './host-row.js';
import type { Row, RowState } from './row.js';
import { fit, Screen, type Terminal } from './screen.js';
import { FrameSpinner, TaskLines } from './task-lines.js';

const states: Readonly<Record<RowState, ListrTaskState>> = {
  waiting: ListrTaskState.WAITING,
  working: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  stopped: ListrTaskState.WAITING,
};

export class Drawing {
  readonly #list = new Listr<unknown, 'default', 'default'>([], { exitOnError: false, registerSignalListeners: false });
  readonly #spinner = new FrameSpinner(() => this.#frame());
  readonly #tasks = new Map<Row, ListrDefaultRendererTask>();
  readonly #screen: Screen;
  readonly #lines: TaskLines;
  /** Only these take output. */
  #drawn = new Set<ListrDefaultRendererTask>();

  private constructor(
    terminal: Terminal,
    private readonly look: (lines: number) => Collapsed,
  ) {
    this.#screen = new Screen(terminal);
    this.#lines = new TaskLines(this.#list.tasks, this.#list.events, this.#spinner, () => this.#screen.columns);
  }

  /**
   * @param look what is to be drawn on so many lines
   * @returns undefined when it is not wanted any more, now that listr2 has loaded what it needs
   */
  static async open(
    terminal: Terminal,
    look: (lines: number) => Collapsed,
    isWanted: () => boolean,
  ): Promise<Drawing | undefined> {
    const drawing = new Drawing(terminal, look);
    await drawing.#lines.render();
    if (!isWanted()) {
      drawing.#spinner.stop();
      return undefined;
    }
    drawing.#screen.take();
    drawing.#frame();
    return drawing;
  }

  above(text: string): void {
    this.#screen.above(text);
  }

  /** The last state stays. */
  end(): void {
    this.#spinner.stop();
    this.#frame();
    this.#screen.release();
  }

  #frame(): void {
    const { shown, withOutput, rest } = this.look(this.#screen.lines);
    const names = shown.flatMap((row) => (row instanceof HostRow ? [stringWidth(row.name)] : []));
    const widest = Math.max(0, ...names);
    const tasks = shown.map((row) => this.#task(row, widest, withOutput));
    // The renderer reads this very array.
    this.#list.tasks.splice(0, this.#list.tasks.length, ...tasks);
    this.#drawn = new Set(tasks);
    this.#screen.draw(this.#lines.lines(rest));
  }

  #task(row: Row, widest: number, withOutput: boolean): ListrDefaultRendererTask {
    const task = this.#tasks.get(row) ?? this.#newTask(row);
    task.title = this.#title(row, widest);
    task.state = states[row.state];
    const output = (withOutput && row.output) || '';
    // listr2 listens to a task's output once it has drawn the task.
    if (this.#drawn.has(task) && (task.output ?? '') !== output) task.output$ = output;
    return task;
  }

  #newTask(row: Row): ListrDefaultRendererTask {
    // Nothing is run: its state is what events say.
    this.#list.add({ title: row.name, task: () => undefined });
    const task = this.#list.tasks.at(-1) as ListrDefaultRendererTask;
    task.isEnabled = () => true;
    this.#tasks.set(row, task);
    return task;
  }

  #title(row: Row, widest: number): string {
    const text = row.text(Date.now());
    if (row instanceof HostRow) return `${row.name}${' '.repeat(widest - stringWidth(row.name))}  ${text}`;
    // A long name must not push away how far it is.
    return `${fit(row.name, Math.max(12, this.#screen.columns - stringWidth(text) - 6))}: ${text}`;
  }
}
