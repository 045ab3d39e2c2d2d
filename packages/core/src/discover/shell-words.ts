/** Cuts shell text into commands and words, as far as is needed to see which files a line applies. Nothing is executed. */

/** What is known only when it runs stands as one character in a word. */
export const unknown = '\u0001';

export interface ShellWord {
  /** Literal text and names of variables, in their order. */
  parts: ({ text: string } | { variable: string; otherwise?: string } | { substitution: string })[];
  quoted: boolean;
}

export interface ShellCommand {
  words: ShellWord[];
  /** From 1. */
  line: number;
  /** Reads what the command before it writes. */
  piped: boolean;
  /** Text of its here-documents. */
  documents: { text: string; line: number }[];
}

class Reader {
  readonly commands: ShellCommand[] = [];
  #at = 0;
  #line = 1;
  #command: ShellCommand | undefined;
  #word: ShellWord | undefined;
  #piped = false;
  #waiting: { command: ShellCommand; end: string; tabs: boolean }[] = [];

  constructor(private readonly text: string) {}

  read(): ShellCommand[] {
    while (this.#at < this.text.length) this.#step();
    this.#endCommand();
    return this.commands;
  }

  #step(): void {
    const { text } = this;
    const character = text[this.#at] as string;
    const two = text.slice(this.#at, this.#at + 2);
    if (two === '\\\n') {
      this.#line += 1;
      this.#at += 2;
    } else if (character === '\\') {
      this.#literal(text[this.#at + 1] ?? '');
      this.#at += 2;
    } else if (character === "'") this.#single();
    else if (character === '"') this.#double();
    else if (character === '$' || character === '`') this.#dollar();
    else if (character === '#' && !this.#word) this.#at = this.#lineEnd();
    else if (two === '<<' && text[this.#at + 2] !== '<') this.#hereDocument();
    else if (character === '\n') {
      this.#endCommand();
      this.#at += 1;
      this.#line += 1;
      this.#documents();
    } else if (/[;&|()]/.test(character)) {
      // `2>&1` and `&>` end no command.
      if (character === '&' && /[<>]/.test(`${text[this.#at - 1] ?? ''}${text[this.#at + 1] ?? ''}`)) this.#endWord();
      else
        this.#endCommand(character === '|' && !`${text[this.#at - 1] ?? ''}${text[this.#at + 1] ?? ''}`.includes('|'));
      this.#at += 1;
    } else if (/\s/.test(character)) {
      this.#endWord();
      this.#at += 1;
    } else {
      this.#literal(character);
      this.#at += 1;
    }
  }

  #single(): void {
    const end = this.text.indexOf("'", this.#at + 1);
    const body = this.text.slice(this.#at + 1, end < 0 ? undefined : end);
    this.#literal(body, true);
    this.#line += count(body);
    this.#at = end < 0 ? this.text.length : end + 1;
  }

  #double(): void {
    this.#at += 1;
    this.#literal('', true);
    while (this.#at < this.text.length && this.text[this.#at] !== '"') {
      const character = this.text[this.#at] as string;
      if (character === '\\') {
        const next = this.text[this.#at + 1] ?? '';
        if (next === '\n') this.#line += 1;
        else this.#literal(/["\\$`]/.test(next) ? next : `\\${next}`);
        this.#at += 2;
      } else if (character === '$' || character === '`') this.#dollar();
      else {
        if (character === '\n') this.#line += 1;
        this.#literal(character);
        this.#at += 1;
      }
    }
    this.#at += 1;
  }

  #dollar(): void {
    const rest = this.text.slice(this.#at, this.#at + 256);
    const name = /^\$(\w+|[@*#?$!-])/.exec(rest);
    if (rest.startsWith('${')) this.#part(inBraces(this.#nested('{', '}')));
    else if (name) {
      this.#part({ variable: name[1] ?? '' });
      this.#at += name[0].length;
    } else if (rest.startsWith('$(')) this.#part({ substitution: this.#nested('(', ')') });
    else if (rest.startsWith('`')) this.#part({ substitution: this.#until('`', 1) });
    else {
      this.#literal('$');
      this.#at += 1;
    }
  }

  /** The text of `$(...)` or `${...}`, those inside it as well. */
  #nested(open: string, close: string): string {
    let depth = 0;
    const from = this.#at + 2;
    for (let at = this.#at + 1; at < this.text.length; at += 1) {
      const character = this.text[at];
      if (character === '\\') at += 1;
      else if (character === open) depth += 1;
      else if (character === close) depth -= 1;
      if (depth === 0) return this.#pass(from, at);
    }
    return this.#pass(from, this.text.length);
  }

  #until(end: string, skip: number): string {
    const from = this.#at + skip;
    const to = this.text.indexOf(end, from);
    return this.#pass(from, to < 0 ? this.text.length : to);
  }

  #pass(from: number, to: number): string {
    const text = this.text.slice(from, to);
    this.#at = to + 1;
    this.#line += count(text);
    return text;
  }

  #hereDocument(): void {
    this.#endWord();
    const [all = '<<', dash, , end = ''] = /^<<(-?)\s*(["']?)([\w.-]+)\2/.exec(this.text.slice(this.#at)) ?? [];
    this.#command ??= this.#newCommand();
    if (end) this.#waiting.push({ command: this.#command, end, tabs: dash === '-' });
    this.#at += all.length;
  }

  /** Behind the line that asks for them. */
  #documents(): void {
    for (const { command, end, tabs } of this.#waiting.splice(0)) {
      const from = this.#line;
      const lines: string[] = [];
      while (this.#at < this.text.length) {
        const to = this.#lineEnd();
        const raw = this.text.slice(this.#at, to);
        this.#at = Math.min(to + 1, this.text.length);
        this.#line += 1;
        const line = tabs ? raw.replace(/^\t+/, '') : raw;
        if (line === end) break;
        lines.push(line);
      }
      command.documents.push({ text: `${lines.join('\n')}\n`, line: from });
    }
  }

  #lineEnd(): number {
    const end = this.text.indexOf('\n', this.#at);
    return end < 0 ? this.text.length : end;
  }

  #literal(text: string, quoted = false): void {
    this.#part({ text });
    if (quoted && this.#word) this.#word.quoted = true;
  }

  #part(part: ShellWord['parts'][number]): void {
    this.#word ??= { parts: [], quoted: false };
    const last = this.#word.parts.at(-1);
    if (last && 'text' in last && 'text' in part) last.text += part.text;
    else this.#word.parts.push(part);
  }

  #endWord(): void {
    if (!this.#word) return;
    this.#command ??= this.#newCommand();
    this.#command.words.push(this.#word);
    this.#word = undefined;
  }

  #newCommand(): ShellCommand {
    const command = { words: [], line: this.#line, piped: this.#piped, documents: [] };
    this.#piped = false;
    return command;
  }

  #endCommand(pipes = false): void {
    this.#endWord();
    if (this.#command) this.commands.push(this.#command);
    if (pipes || this.#command) this.#piped = pipes;
    this.#command = undefined;
  }
}

export function shellCommands(text: string): ShellCommand[] {
  return new Reader(text.replace(/\r\n/g, '\n')).read();
}

function count(text: string): number {
  return text.split('\n').length - 1;
}

/** What `${...}` holds: a name, perhaps with what stands in for it. */
function inBraces(text: string): ShellWord['parts'][number] {
  const [, variable, operator, otherwise = ''] = /^(\w+)(?:\[[^\]]*\])?(?:(:?[-=])([\s\S]*))?$/.exec(text) ?? [];
  if (variable === undefined) return { substitution: `\${${text}}` };
  return operator === undefined ? { variable } : { variable, otherwise };
}
