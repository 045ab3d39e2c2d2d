/** Errors for people and for machines. */
import type { SealerError } from '@sealer/core';

export interface DescribedError {
  text: string;
  json: unknown;
  exitCode: number;
}

/** Undefined for errors of oclif's, such as wrong flags. Whatever else comes this far is a mistake of sealer's. */
export async function describeError(cause: unknown, interrupted: boolean): Promise<DescribedError | undefined> {
  const { SealerError: Brand, fileSystemError } = await import('@sealer/core/images');
  if (interrupted && !Brand.is(cause))
    return { text: 'Interrupted.', json: { code: 'INTERRUPTED', message: 'interrupted' }, exitCode: 130 };
  const error = isOfOclif(cause) ? undefined : fileSystemError(cause);
  if (!error) return isOfOclif(cause) ? undefined : unexpected(cause);
  return { text: lines(error, '').join('\n'), json: plain(error), exitCode: interrupted ? 130 : error.exitCode };
}

function isOfOclif(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'oclif' in cause;
}

function unexpected(cause: unknown): DescribedError {
  const { message = String(cause), stack } = cause as Partial<Error>;
  const hint = 'run it with --debug and report what it prints; what was done so far is kept';
  // For us, when asked for.
  const trace = process.argv.includes('--debug') || process.argv.includes('-d') ? [String(stack)] : [];
  return {
    text: [`Error: sealer went wrong: ${message} [INTERNAL]`, ...trace, `  Try: ${hint}`].join('\n'),
    json: { code: 'INTERNAL', message, exitCode: 1, hint },
    exitCode: 1,
  };
}

function lines(error: SealerError, indent: string): string[] {
  const { position, remote } = error;
  const place = position ? `${position.file}:${position.line}:${position.column}: ` : '';
  const stderr = remote?.stderr?.split('\n').filter(Boolean).slice(-10) ?? [];
  return [
    `${indent}Error: ${place}${error.message} [${error.code}]`,
    ...stderr.map((line) => `${indent}    | ${line}`),
    ...error.errors.flatMap((inner) => lines(inner, `${indent}  `)),
    ...(error.hint && !error.errors.length ? [`${indent}  Try: ${error.hint}`] : []),
  ];
}

function plain(error: SealerError): unknown {
  const { code, message, exitCode, hint, position, remote } = error;
  return {
    code,
    message,
    exitCode,
    hint,
    position,
    remote,
    ...(error.errors.length ? { errors: error.errors.map(plain) } : {}),
  };
}
