/** A terminal that can be looked at: what a person would see of what was written to it. */
import xterm from '@xterm/headless';

export class TestTerminal {
  readonly isTTY = true;
  written = '';
  readonly #emulator;

  constructor(
    public columns: number,
    public rows: number,
  ) {
    this.#emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
  }

  write(text: string): boolean {
    this.written += text;
    // A terminal's line discipline does that.
    this.#emulator.write(text.replace(/\r?\n/g, '\r\n'));
    return true;
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.#emulator.resize(columns, rows);
  }

  /** All lines, those that scrolled away first. Lines that were broken are whole again. */
  async lines(): Promise<string[]> {
    await this.#parsed();
    const { active } = this.#emulator.buffer;
    const lines: string[] = [];
    for (let row = 0; row < active.length; row++) {
      const line = active.getLine(row);
      if (line?.isWrapped) lines[lines.length - 1] += line.translateToString(true);
      else lines.push(line?.translateToString(true) ?? '');
    }
    return lines.join('\n').trimEnd().split('\n');
  }

  /** Lines that are out of sight. */
  async scrolled(): Promise<number> {
    await this.#parsed();
    return this.#emulator.buffer.active.baseY;
  }

  get cursorIsShown(): boolean {
    return this.written.lastIndexOf('\x1b[?25h') >= this.written.lastIndexOf('\x1b[?25l');
  }

  #parsed(): Promise<void> {
    return new Promise((resolve) => this.#emulator.write('', resolve));
  }
}
