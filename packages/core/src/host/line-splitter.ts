import { StringDecoder } from 'node:string_decoder';

/** Cuts a byte stream into lines of text. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
  }

  end(): void {
    const last = this.#rest + this.#decoder.end();
    if (last) this.onLine(last);
    this.#rest = '';
  }
}
