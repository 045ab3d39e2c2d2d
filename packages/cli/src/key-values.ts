/** `KEY=value` flags as an object; only the first `=` separates. @throws Error naming the flag */
export function keyValues(flag: string, texts: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (texts ?? []).map((text) => {
      const equals = text.indexOf('=');
      if (equals <= 0) throw new Error(`--${flag} "${text}" is no KEY=value`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
