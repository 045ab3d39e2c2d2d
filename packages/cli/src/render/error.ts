/** Errors for people and for machines. */
import type { SealerError } from '@sealer/core';

export interface DescribedError {
  text: string;
  json: unknown;
  exitCode: number;
}

/** Undefined for errors that are not sealer's own, such as wrong flags. */
export async function describeError(cause: unknown, interrupted: boolean): Promise<DescribedError | undefined> {
  const { SealerError: Brand, fileSystemError } = await import('@sealer/core/images');
  if (interrupted && !Brand.is(cause))
    return { text: 'Interrupted.', json: { code: 'INTERRUPTED', message: 'interrupted' }, exitCode: 130 };
  const error = fileSystemError(cause);
  if (!error) return undefined;
  return { text: lines(error, '').join('\n'), json: plain(error), exitCode: interrupted ? 130 : error.exitCode };
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
