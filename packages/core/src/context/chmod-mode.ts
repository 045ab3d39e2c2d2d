/** What `--chmod` says: octal digits, or letters as chmod(1) reads them. */

/** @param mode what it would be otherwise */
export type ModeChange = (mode: number, isFolder: boolean) => number;

const who: Record<string, number> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };

/** Undefined when it is neither form. */
export function parseMode(text: string): ModeChange | undefined {
  if (/^0*[0-7]{1,4}$/.test(text)) return () => Number.parseInt(text, 8);
  const clauses = text.split(',').map((clause) => /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause));
  if (clauses.some((clause) => clause === null)) return undefined;
  return (mode, isFolder) => {
    let result = mode;
    for (const [, whom = '', actions = ''] of clauses as RegExpExecArray[])
      for (const [, operator, letters = ''] of actions.matchAll(/([-+=])([rwxXstugo]*)/g))
        result = applied(result, isFolder, whom || 'a', operator as string, letters);
    return result;
  };
}

function applied(mode: number, isFolder: boolean, whom: string, operator: string, letters: string): number {
  const mask = [...whom].reduce((all, letter) => all | (who[letter] ?? 0), 0);
  let bits = 0;
  for (const letter of letters) {
    if (letter === 'r') bits |= 0o444;
    else if (letter === 'w') bits |= 0o222;
    else if (letter === 'x' || (letter === 'X' && (isFolder || mode & 0o111))) bits |= 0o111;
    else if (letter === 's') bits |= 0o6000;
    else if (letter === 't') bits |= 0o1000;
    // As someone else has it.
    else if ('ugo'.includes(letter)) bits |= ((mode >> { u: 6, g: 3, o: 0 }[letter as 'u' | 'g' | 'o']) & 7) * 0o111;
  }
  if (operator === '+') return mode | (bits & mask);
  if (operator === '-') return mode & ~(bits & mask);
  // Folders keep their special bits, as with chmod(1).
  return (mode & ~(isFolder ? mask & 0o777 : mask)) | (bits & mask);
}
