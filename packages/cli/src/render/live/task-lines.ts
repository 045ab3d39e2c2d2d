/**
 * listr2's default renderer, for what it makes of tasks: marks, colours, output below what is at work. When and where
 * its lines are drawn is ours: it would look at the size of the terminal once, hold back what others write until the
 * end, and draw nothing where standard output is a pipe (docs/decisions/0018).
 */
import {
  color,
  DefaultRenderer,
  type ListrDefaultRendererTask,
  type ListrEventManager,
  ListrLogger,
  ProcessOutput,
  Spinner,
} from 'listr2';
import { fit } from './screen.js';

/** Standard output and error stay what they are. */
class Untouched extends ProcessOutput {
  override hijack(): void {}
  override release(): void {}
}

/** Turns the mark of what is at work, and asks for a frame each time. */
export class FrameSpinner extends Spinner {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly frame: () => void) {
    super();
  }

  override start(): void {
    this.#timer = setInterval(() => {
      this.spin();
      this.frame();
    }, 100);
    this.#timer.unref();
  }

  override stop(): void {
    clearInterval(this.#timer);
  }
}

export class TaskLines extends DefaultRenderer {
  constructor(
    tasks: ListrDefaultRendererTask[],
    events: ListrEventManager,
    spinner: Spinner,
    private readonly columns: () => number,
  ) {
    const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput: new Untouched() });
    super(tasks, { spinner, logger, showErrorMessage: false }, events);
  }

  /** @param rest stands below the tasks */
  lines(rest: string | undefined): string[] {
    const tasks = this.create({ prompt: false });
    return [
      ...(tasks === '' ? [] : tasks.split('\n')),
      ...(rest === undefined ? [] : [color.dim(fit(`  ${rest}`, this.columns() - 1))]),
    ];
  }

  /** Hundreds of changes a second: the spinner asks for frames. */
  override update(): void {}

  protected override format(message: string, icon: string, level: number): string[] {
    if (message === '') return [];
    const indent = ' '.repeat(2 * level);
    return [`${indent}${icon} ${fit(message, this.columns() - 1 - indent.length - 2)}`];
  }
}
