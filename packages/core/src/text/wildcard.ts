/** `*` is any characters, `?` one. A regular expression made of many stars takes longer than anybody waits. */
export function matchesWildcard(pattern: string, text: string, { single = true } = {}): boolean {
  let at = 0;
  let index = 0;
  let star = -1;
  let resume = 0;
  while (index < text.length) {
    const character = pattern[at];
    if (character === '*') {
      star = at;
      resume = index;
      at += 1;
    } else if (character !== undefined && (character === text[index] || (single && character === '?'))) {
      at += 1;
      index += 1;
    } else if (star !== -1) {
      // The last star takes one more.
      at = star + 1;
      resume += 1;
      index = resume;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
