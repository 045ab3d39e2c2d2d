/** Regular expressions written for Go's regexp package (RE2), as JavaScript's; only what ignore patterns are made of. */

const classes: Readonly<Record<string, string>> = {
  d: '0-9',
  s: '\\t\\n\\f\\r ',
  w: '0-9A-Za-z_',
};
const named: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
/** What stands for a place between characters: the same in JavaScript, or by another name. */
const places: Readonly<Record<string, string>> = { b: '\\b', B: '\\B', A: '^', z: '$' };
const controls: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** @throws Error with the reason when Go would not compile it, or when it uses what is not known here */
export function goRegExp(source: string): RegExp {
  const characters = [...source];
  let at = 0;
  const isMet = (text: string) => characters.slice(at, at + text.length).join('') === text;

  /** The text after `\`, for outside or inside of a class; `code` when it is one character. */
  function escaped(): { text: string; code?: string } {
    const character = characters[at++];
    if (character === undefined) throw new Error('\\ stands at its end');
    if (classes[character] !== undefined) return { text: classes[character] };
    const control = controls[character];
    if (control !== undefined) return { text: inClass(control), code: control };
    if (/[0-9A-Za-z]|[^\x00-\x7F]/.test(character)) throw new Error(`\\${character} has no meaning`);
    return { text: inClass(character), code: character };
  }

  /** `\\` outside of a class. */
  function outside(): string {
    const negated = classes[(characters[at] ?? '').toLowerCase()];
    if (negated !== undefined && classes[characters[at] as string] === undefined) {
      at++;
      return `[^${negated}]`;
    }
    const { text, code } = escaped();
    return code === undefined ? `[${text}]` : literal(code);
  }

  /** One member of a class: a character or `\x`. */
  function member(): { text: string; code?: string } {
    const character = characters[at++];
    if (character === undefined) throw new Error('[...] is not complete');
    return character === '\\' ? escaped() : { text: inClass(character), code: character };
  }

  function characterClass(): string {
    let negated = false;
    if (isMet('^')) {
      at++;
      negated = true;
    }
    let text = '';
    for (let first = true; first || !isMet(']'); first = false) {
      const name = isMet('[:') ? /^\[:(\^?)(\w+):\]/.exec(characters.slice(at).join('')) : undefined;
      if (name) {
        const set = named[name[2] as string];
        if (set === undefined || name[1]) throw new Error(`${name[0]} has no meaning`);
        text += set;
        at += name[0].length;
        continue;
      }
      const from = member();
      if (isMet('-') && characters[at + 1] !== ']' && characters[at + 1] !== undefined) {
        at++;
        const to = member();
        if (from.code === undefined || to.code === undefined || codePoint(from.code) > codePoint(to.code))
          throw new Error(`the range ${from.text}-${to.text} is empty`);
        text += `${from.text}-${to.text}`;
      } else text += from.text;
    }
    at++;
    return `[${negated ? '^' : ''}${text}]`;
  }

  let translated = '';
  while (at < characters.length) {
    const character = characters[at++] as string;
    if (character === '[') translated += characterClass();
    else if (character === '\\') {
      translated +=
        isMet('b') || isMet('B') || isMet('z') || isMet('A') ? places[characters[at++] as string] : outside();
    } else translated += '.*+?()|^$'.includes(character) ? character : literal(character);
  }
  return new RegExp(translated, 'u');
}

function codePoint(character: string): number {
  return character.codePointAt(0) as number;
}

/** A character that stands for itself. */
function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function inClass(character: string): string {
  return character === '-' ? '\\-' : literal(character);
}
