/** Go's filepath.Match, as docker uses it: `*` and `?` stay within a path component, `[^a-c]` is a class, `\` takes a meaning away. */

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text.replace(/\\./gs, ''));
}

/** Undefined for a pattern that is none, such as one with an open `[`: it matches nothing. */
export function globPattern(glob: string): RegExp | undefined {
  const characters = [...glob];
  let text = '';
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string;
    // Several say no more than one, and would be tried in every way.
    if (character === '*') text += characters[at + 1] === '*' ? '' : '[^/]*';
    else if (character === '?') text += '[^/]';
    else if (character === '[') {
      const found = classAt(characters, at + 1);
      if (!found) return undefined;
      text += found.text;
      at = found.end;
    } else if (character === '\\') {
      at += 1;
      if (at >= characters.length) return undefined;
      text += literal(characters[at] as string);
    } else text += literal(character);
  }
  return new RegExp(`^${text}$`, 'u');
}

/** @param at behind the `[` */
function classAt(characters: readonly string[], at: number): { text: string; end: number } | undefined {
  let index = at;
  const negated = characters[index] === '^';
  if (negated) index += 1;
  const one = () => {
    if (characters[index] === '\\') index += 1;
    const character = characters[index];
    index += 1;
    return character;
  };
  let ranges = '';
  for (let count = 0; ; count += 1) {
    if (characters[index] === ']' && count > 0) break;
    if (characters[index] === ']' || characters[index] === '-') return undefined;
    const low = one();
    let high = low;
    if (characters[index] === '-') {
      index += 1;
      if (characters[index] === ']' || characters[index] === '-') return undefined;
      high = one();
    }
    if (low === undefined || high === undefined) return undefined;
    // A range that runs backwards holds nothing.
    if ((low.codePointAt(0) ?? 0) <= (high.codePointAt(0) ?? 0)) ranges += `${literal(low)}-${literal(high)}`;
  }
  if (negated) return { text: ranges ? `[^${ranges}]` : '[^]', end: index };
  return { text: ranges ? `[${ranges}]` : '(?!)', end: index };
}

function literal(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
