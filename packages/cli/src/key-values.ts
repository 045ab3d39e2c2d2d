import { Errors } from '@oclif/core';

/** `KEY=value` flags as an object; only the first `=` separates. @throws Error naming the flag */
export function keyValues(flag: string, texts: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (texts ?? []).map((text) => {
      const equals = text.indexOf('=');
      if (equals <= 0) throw new Errors.CLIError(`--${flag} ${JSON.stringify(text)} is no KEY=value`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
