/** The drawing at the bottom of a terminal: drawn over itself, with lines that stay above it. */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** Of a tty.WriteStream. */
export interface Terminal {
  write(text: string): unknown;
  columns?: number;
  rows?: number;
}

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const clearToEndOfLine = '\x1b[K';
const clearBelow = '\x1b[J';

export class Screen {
  #drawn: readonly string[] = [];
  readonly #leave = () => this.release();

  constructor(private readonly terminal: Terminal) {}

  take(): void {
    this.terminal.write(hideCursor);
    // Also when a second Ctrl-C leaves at once.
    process.once('exit', this.#leave);
  }

  /** A new terminal may say that it has none. */
  get columns(): number {
    return this.terminal.columns || 80;
  }

  /** The cursor's own line is below. */
  get lines(): number {
    return Math.max(1, (this.terminal.rows || 24) - 1);
  }

  draw(lines: readonly string[]): void {
    const up = this.#height();
    const drawing = lines.map((line) => `${line}${clearToEndOfLine}\n`).join('');
    this.terminal.write(`\r${up ? `\x1b[${up}A` : ''}${drawing}${lines.length || up ? clearBelow : ''}`);
    this.#drawn = lines;
  }

  above(text: string): void {
    // Line by line: tmux keeps what is cleared at once from the top of the screen.
    const erase = `\r${clearToEndOfLine}${`\x1b[A${clearToEndOfLine}`.repeat(this.#height())}`;
    const drawing = this.#drawn.map((line) => `${line}\n`).join('');
    this.terminal.write(`${erase}${text}\n${drawing}`);
  }

  /** What is drawn stays, the cursor comes back. */
  release(): void {
    this.terminal.write(showCursor);
    this.#drawn = [];
    process.off('exit', this.#leave);
  }

  /** Rows of what is drawn: a terminal that became narrower has broken its lines. */
  #height(): number {
    const rows = this.#drawn.map((line) => Math.ceil(stringWidth(stripVTControlCharacters(line)) / this.columns));
    return rows.reduce((sum, one) => sum + Math.max(1, one), 0);
  }
}

/** @returns the text, cut where it is wider than `columns` */
export function fit(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let cut = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used > columns - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}
