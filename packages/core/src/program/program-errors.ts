/** Errors of programs on this machine. Who starts one mostly says it in words of its own, with one of these as the cause. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode, SealerError } from '../errors/sealer-error.js';

/** How a program ended. */
export interface ProgramEnd {
  exitCode: number | undefined;
  /** That ended it. */
  signal: NodeJS.Signals | undefined;
  timedOut: boolean;
}

interface Ended {
  program: string;
  /** `exit code 3`, `signal SIGKILL`. */
  ended: string;
  /** Last lines of standard error, redacted. */
  stderr: string;
}

const said = (stderr: string) => (stderr ? `: ${stderr}` : '');

export const programErrors = defineErrors({
  PROGRAM_NOT_FOUND: error<{ program: string }>({
    exitCode: ExitCode.usage,
    about: 'A program that sealer starts on this machine is not there.',
    message: ({ program }) => `there is no program ${program}`,
    hint: ({ program }) =>
      program.includes('/')
        ? 'see that the file is there, and the interpreter its first line names'
        : `install ${program}, or add its folder to PATH`,
  }),
  PROGRAM_NOT_STARTED: error<{ program: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'The operating system does not start a program of this machine, for instance for want of a right.',
    message: ({ program, reason }) => `cannot start ${program}: ${reason}`,
    hint: 'see that the file may be executed by this user, and is meant for this machine',
  }),
  PROGRAM_FAILED: error<Ended>({
    exitCode: ExitCode.internal,
    about: 'A program on this machine ended badly.',
    message: ({ program, ended, stderr }) => `${program} ended with ${ended}${said(stderr)}`,
    hint: 'see what the program says, then try again',
  }),
  PROGRAM_TIMEOUT: error<Ended & { seconds: number }>({
    exitCode: ExitCode.internal,
    about: 'A program on this machine took longer than it may, and was ended.',
    message: ({ program, seconds, stderr }) => `${program} was ended after ${seconds} s${said(stderr)}`,
    hint: 'see what it waits for, then try again',
  }),
  PROGRAM_OUTPUT_TOO_LARGE: error<{ program: string; limit: number }>({
    exitCode: ExitCode.internal,
    about: 'A program on this machine wrote more than sealer keeps in memory, and was ended.',
    message: ({ program, limit }) => `${program} wrote more than ${limit} bytes`,
    hint: 'see that it is the program it should be',
  }),
});

/** A program that was started and ended badly. */
export type ProgramFailure = SealerError & { readonly end: ProgramEnd; readonly stderr: string };

/** @param stderr its last lines, redacted */
export function programFailure(program: string, end: ProgramEnd, stderr: string, timeout = 0): ProgramFailure {
  const args = { program, ended: endText(end), stderr: stderr.trim().split('\n').slice(-10).join('\n') };
  const made = end.timedOut
    ? programErrors.PROGRAM_TIMEOUT({ ...args, seconds: timeout / 1000 })
    : programErrors.PROGRAM_FAILED(args);
  return Object.assign(made, { end, stderr });
}

export function isProgramFailure(cause: unknown): cause is ProgramFailure {
  return SealerError.is(cause) && 'end' in cause;
}

export function isProgramMissing(cause: unknown): boolean {
  return SealerError.is(cause) && cause.code === 'PROGRAM_NOT_FOUND';
}

/** What the program said last, else why it failed: for errors that name the program in words of their own. */
export function saidBy(cause: unknown): string {
  const text = isProgramFailure(cause) ? cause.stderr.trim() : '';
  return text || (cause instanceof Error ? cause.message : String(cause)).trim();
}

export function endText({ exitCode, signal }: ProgramEnd): string {
  return signal ? `signal ${signal}` : `exit code ${exitCode}`;
}
