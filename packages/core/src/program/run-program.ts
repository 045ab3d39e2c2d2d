import { programErrors } from './program-errors.js';
import { type OutputOptions, outputOf, type ProgramInput } from './program-output.js';
import { type ProgramOptions, startProgram } from './start-program.js';

export interface RunOptions extends ProgramOptions {
  input?: ProgramInput | undefined;
  onStderr?: OutputOptions['onStderr'];
  /** Bytes of standard output that are kept; a program that writes more is ended. Default: 16 MiB. */
  limit?: number | undefined;
}

/**
 * Runs a program to its end. @returns its standard output
 * @throws PROGRAM_NOT_FOUND, PROGRAM_NOT_STARTED, PROGRAM_FAILED, PROGRAM_TIMEOUT, PROGRAM_OUTPUT_TOO_LARGE
 */
export async function runProgram(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { limit = 16 * 1024 * 1024 } = options;
  const program = await startProgram(argv, options);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of outputOf(program, options)) {
    size += chunk.length;
    if (size > limit) throw programErrors.PROGRAM_OUTPUT_TOO_LARGE({ program: program.name, limit });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Whether it can be started and ends well. @throws the reason of `signal` */
export async function programSucceeds(argv: readonly string[], options: RunOptions = {}): Promise<boolean> {
  try {
    await runProgram(argv, options);
    return true;
  } catch {
    options.signal?.throwIfAborted();
    return false;
  }
}
