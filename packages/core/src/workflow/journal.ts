/**
 * The append-only record of what runs did, one JSON line an event, on the operator's machine. It makes a killed run
 * resumable: a step that was started and not ended is half-done.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { atPath } from '../errors/file-system-error.js';
import { appendLine } from '../store/append-line.js';
import type { Operation } from './operation.js';

export type JournalEntry =
  | { at: string; run: string; event: 'run-start'; operation: Operation; image: string }
  | { at: string; run: string; event: 'run-end'; status: string }
  | { at: string; run: string; event: 'step-start' | 'step-done' | 'step-holds' | 'step-undone'; step: string }
  | { at: string; run: string; event: 'step-failed'; step: string; code: string; message: string };

type NewEntry = JournalEntry extends infer E ? (E extends JournalEntry ? Omit<E, 'at' | 'run'> : never) : never;

export class Journal {
  #queue: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    readonly run: string,
    private readonly halfDone: ReadonlySet<string>,
  ) {}

  /** Opens the journal of a cluster and reads what an earlier run left half-done. */
  static async open(stateDirectory: string): Promise<Journal> {
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    const file = join(stateDirectory, 'journal.jsonl');
    const run = `${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
    const halfDone = await halfDoneSteps(file);
    await atPath(file, () => endCutLine(file));
    return new Journal(file, run, halfDone);
  }

  /** The step was started by an earlier run that did not live to end it. */
  wasHalfDone(step: string): boolean {
    return this.halfDone.has(step);
  }

  /** Writes in order; the promise is of the entry being on disk. */
  write(entry: NewEntry): Promise<void> {
    const line = JSON.stringify({ at: new Date().toISOString(), run: this.run, ...entry });
    this.#queue = this.#queue.then(() => appendLine(this.file, line, 0o600));
    return this.#queue;
  }
}

/** A crash may have cut the last line off: what is written next must not become part of it. */
async function endCutLine(file: string): Promise<void> {
  const handle = await open(file, 'r+').catch(() => undefined);
  if (!handle) return;
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(size - 1, 0));
    if (size > 0 && buffer.toString() !== '\n') await handle.write('\n', size);
  } finally {
    await handle.close();
  }
}

async function halfDoneSteps(file: string): Promise<Set<string>> {
  const begun = new Set<string>();
  try {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const entry = parse(line);
      if (entry?.event === 'step-start') begun.add(entry.step);
      // A failed step is half-done too: it may have stopped anywhere.
      else if (entry?.event === 'step-done' || entry?.event === 'step-holds' || entry?.event === 'step-undone')
        begun.delete(entry.step);
    }
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ENOENT') throw cause;
  }
  return begun;
}

/** The last line may be cut off by a crash. */
function parse(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined;
  }
}
