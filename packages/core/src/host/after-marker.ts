/**
 * What a command itself writes. Before it, on the same streams, may come what the login shell's files (.bashrc,
 * config.fish, .cshrc), a wrapper or sudo say; so each command begins by writing a marker of its own.
 */

/** A line no file of a shell writes by chance. */
export function markerOf(command: string): string {
  return `sealer-begins-${command}\n`;
}

/** Bytes of what came before that are kept, for messages. */
const keptBytes = 2_000;

export class AfterMarker {
  readonly #marker: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #before: Buffer = Buffer.alloc(0);
  #seen = false;

  constructor(command: string) {
    this.#marker = Buffer.from(markerOf(command));
  }

  /** The command has begun. */
  get seen(): boolean {
    return this.#seen;
  }

  /** What was said before it began: the end of it. */
  get before(): string {
    const all = Buffer.concat([this.#before, this.#seen ? Buffer.alloc(0) : this.#held]);
    return all.subarray(-keptBytes).toString('utf8').trim();
  }

  /** The part of a chunk that is the command's. */
  take(chunk: Buffer): Buffer {
    if (this.#seen) return chunk;
    const all = Buffer.concat([this.#held, chunk]);
    const at = all.indexOf(this.#marker);
    // The end may be the beginning of the marker.
    const end = at >= 0 ? at : Math.max(0, all.length - this.#marker.length + 1);
    this.#before = Buffer.concat([this.#before, all.subarray(0, end)]).subarray(-keptBytes);
    this.#held = at >= 0 ? Buffer.alloc(0) : all.subarray(end);
    this.#seen = at >= 0;
    return at >= 0 ? all.subarray(at + this.#marker.length) : Buffer.alloc(0);
  }
}
