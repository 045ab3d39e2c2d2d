/** Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+alternative}`; `\$` is a dollar. Unknown names are empty. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  const pattern = /\\\$|\$\{([A-Za-z_]\w*)(?::([-+])((?:[^{}]|\{[^{}]*\})*))?\}|\$([A-Za-z_]\w*)/g;
  return text.replace(pattern, (match, braced?: string, operator?: string, word?: string, plain?: string) => {
    if (match === '\\$') return '$';
    const value = values[braced ?? plain ?? ''] ?? '';
    if (operator === '-') return value === '' ? substitute(word ?? '', values) : value;
    if (operator === '+') return value === '' ? '' : substitute(word ?? '', values);
    return value;
  });
}
