import { StringDecoder } from 'node:string_decoder';

/** Cuts a byte stream into lines of text. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #dropped = 0;

  /** @param longest characters of a line; a longer one is not given, but for a note of it. Default: no limit. */
  constructor(
    private readonly onLine: (line: string) => void,
    private readonly longest = Number.POSITIVE_INFINITY,
  ) {}

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#give(line);
    if (this.#rest.length > this.longest) {
      this.#dropped += this.#rest.length;
      this.#rest = '';
    }
  }

  end(): void {
    const last = this.#rest + this.#decoder.end();
    if (last || this.#dropped) this.#give(last);
    this.#rest = '';
  }

  #give(line: string): void {
    const length = this.#dropped + line.length;
    this.#dropped = 0;
    this.onLine(length > this.longest ? `(a line of ${length} characters)` : line);
  }
}
