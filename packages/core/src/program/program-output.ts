/** A running program as what it makes of its input. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { redact, Secret } from '../secrets/secret.js';
import { programFailure } from './program-errors.js';
import type { RunningProgram } from './start-program.js';

export type ProgramInput = AsyncIterable<Buffer> | string | Secret;

export interface OutputOptions {
  /** Default: none. */
  input?: ProgramInput | undefined;
  /** Somebody else writes its input. */
  fedElsewhere?: boolean | undefined;
  /** Standard error as it comes. */
  onStderr?: ((text: string) => void) | undefined;
}

/** Characters of standard error that are kept. */
const keptStderr = 16 * 1024;

/**
 * Standard output, as it comes; ends only when the program has ended well. Who leaves off reading ends the program.
 * @throws PROGRAM_FAILED, PROGRAM_TIMEOUT at its end; what `input` throws; the reason of the program's signal
 */
export async function* outputOf(program: RunningProgram, options: OutputOptions = {}): AsyncGenerator<Buffer> {
  const { signal, timeout } = program.options;
  let stderr = '';
  program.stderr.on('data', (chunk: Buffer) => {
    options.onStderr?.(String(chunk));
    stderr = (stderr + chunk).slice(-keptStderr);
  });
  let inputFailed: unknown;
  const feed = async () => {
    if (!options.fedElsewhere) await feedProgram(program, options.input);
  };
  const fed = feed().catch((cause) => {
    inputFailed = cause;
    program.kill('SIGKILL');
  });
  try {
    let cut: unknown;
    try {
      yield* program.stdout as AsyncIterable<Buffer>;
    } catch (cause) {
      cut = cause;
      program.kill();
    }
    const end = await program.ended;
    await fed;
    if (inputFailed) throw inputFailed;
    signal?.throwIfAborted();
    if (cut && !end.timedOut) throw cut;
    if (end.exitCode !== 0) throw programFailure(program.name, end, redact(stderr), timeout);
  } finally {
    if (!program.hasEnded()) program.kill();
  }
}

/** A program may end without reading all of it, and says itself why. @throws what `input` throws */
export async function feedProgram(program: RunningProgram, input?: ProgramInput): Promise<void> {
  if (input === undefined || typeof input === 'string' || input instanceof Secret) {
    program.stdin.end(input instanceof Secret ? input.reveal() : input);
    return;
  }
  await pipeline(Readable.from(input, { objectMode: false }), program.stdin).catch((cause) => {
    if (cause?.code !== 'EPIPE' && cause?.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause;
  });
}
