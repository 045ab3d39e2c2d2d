/** Patterns of `${X#pattern}` and its like: `*` and `?`; `\` before them, `/` and `}` takes their meaning away. */

/** Without the shortest or longest beginning that fits. @throws Error with the reason when the pattern is none */
export function trimPrefix(value: string, pattern: string, longest: boolean): string {
  const found = new RegExp(`^${source([...pattern], longest)}`, 'u').exec(value);
  return found ? value.slice(found[0].length) : value;
}

/** Backwards, since an expression finds the shortest beginning, not the shortest end. */
export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const turned = tokens([...pattern])
    .reverse()
    .join('');
  return reversed(trimPrefix(reversed(value), turned, longest));
}

export function replaceFirst(value: string, pattern: string, text: string, everywhere: boolean): string {
  return value.replace(new RegExp(source([...pattern], true), everywhere ? 'gu' : 'u'), () => text);
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

/** A `\` goes with what it escapes. */
function tokens(characters: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    found.push(character === '\\' && at + 1 < characters.length ? character + characters[++at] : character);
  }
  return found;
}

function source(characters: readonly string[], longest: boolean): string {
  return tokens(characters)
    .map((token) => {
      if (token === '*') return longest ? '.*' : '.*?';
      if (token === '?') return '.';
      if (token === '\\/' || token === '\\}') return token.slice(1).replace('}', '\\}');
      if (token.startsWith('\\') && !['\\*', '\\?', '\\\\'].includes(token))
        throw new Error(`the pattern has ${token}, which means nothing`);
      return /^[[\]{}.+()|^$/]$/.test(token) ? `\\${token}` : token;
    })
    .join('');
}
