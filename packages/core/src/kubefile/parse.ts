/** Kubefile text to typed instructions. Every error of the file is reported, each with its place. */
import { validRange } from 'semver';
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import { checkOrder } from './check-order.js';
import { checkWord } from './expand-word.js';
import { type Instruction, keywords } from './instructions.js';
import { kubefileErrors } from './kubefile-errors.js';
import { type LogicalLine, lex } from './lex.js';
import { otherFlags, otherInstructions } from './other-instructions.js';
import { parseApp, parseAppValues } from './parse-app.js';
import { parseCopy } from './parse-copy.js';
import { parseRun } from './parse-run.js';
import type { MountProblem } from './run-mounts.js';
import { jsonList, splitWords, takeFlags, type Word } from './words.js';

/** @throws KUBEFILE_INVALID with every error in `errors` */
export function parseKubefile(text: string, file: string): Instruction[] {
  const errors: SealerError[] = [];
  const instructions: Instruction[] = [];
  const lines = lex(text, file).map((line) => {
    const instruction = new LineParser(line, errors).parse();
    if (instruction) instructions.push(instruction);
    return { keyword: line.keyword.toUpperCase(), position: line.position, isRead: instruction !== undefined };
  });
  errors.push(...checkOrder(lines, file));
  if (errors.length) {
    errors.sort(
      (a, b) =>
        (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0),
    );
    throw kubefileErrors.KUBEFILE_INVALID({ file, count: errors.length }, { errors });
  }
  return instructions;
}

/** Variables are replaced in the words of these. */
const expanded = new Set(['FROM', 'ARG', 'ENV', 'LABEL', 'COPY', 'ADD', 'APP', 'CNI', 'CSI', 'APPENV', 'APPVALUES']);

function afterEquals(raw: string): string {
  return raw.slice(raw.indexOf('=') + 1);
}

class LineParser {
  readonly keyword: string;

  constructor(
    private readonly line: LogicalLine,
    private readonly errors: SealerError[],
  ) {
    this.keyword = line.keyword.toUpperCase();
  }

  parse(): Instruction | undefined {
    const { escapeToken } = this.line;
    const otherEscape = escapeToken === '\\' ? {} : { escapeToken };
    const base = { position: this.line.position, text: `${this.keyword} ${this.line.rest}`, ...otherEscape };
    const words = splitWords(this.line.rest, escapeToken);
    const { problem } = this.line;
    if (problem) return this.#failAt(problem.problem, problem.expected, problem.position);
    const comment = this.#commentIn(words);
    if (comment) {
      // What stands before it may have mistakes of its own.
      const before = { ...this.line, rest: this.line.rest.slice(0, comment.offset).trimEnd() };
      new LineParser(before, this.errors).parse();
      const expected = 'a comment on a line of its own, or the name in quotes';
      return this.#fail(`"${comment.text}" begins no comment here`, expected, comment.offset);
    }
    if (expanded.has(this.keyword) && !words.every((word) => this.#isWhole(word))) return undefined;
    switch (this.keyword) {
      case 'FROM':
        return this.#from(base, words);
      case 'ARG':
        return this.#arg(base, words);
      case 'ENV':
      case 'LABEL': {
        const pairs = this.#pairs(words, true);
        return pairs && { ...base, keyword: this.keyword, pairs };
      }
      case 'MAINTAINER':
        if (!this.line.rest) return this.#fail('the name is missing', '`MAINTAINER name`');
        return { ...base, keyword: 'MAINTAINER', name: this.line.rest };
      case 'COPY':
      case 'ADD': {
        const { keyword } = this;
        const { flags, rest } = takeFlags(words);
        const known = keyword === 'ADD' ? ['chmod', 'chown', 'checksum', 'unpack'] : ['chmod', 'chown'];
        if (!this.#onlyFlags(flags, known)) return undefined;
        return this.#read(() => ({ ...base, keyword, ...parseCopy(keyword, this.line, { flags, rest }) }));
      }
      case 'APP':
      case 'CNI':
      case 'CSI': {
        const { keyword } = this;
        const taken = takeFlags(words);
        if (!this.#onlyFlags(taken.flags, ['checksum'])) return undefined;
        return this.#read(() => ({ ...base, keyword, ...parseApp(keyword, taken) }));
      }
      case 'APPENV': {
        const [app, ...rest] = words;
        const pairs = app && this.#pairs(rest, false);
        if (!app) return this.#fail('the name of the app is missing', '`APPENV name KEY=value ...`');
        return pairs && { ...base, keyword: 'APPENV', app: app.text, pairs };
      }
      case 'APPVALUES': {
        const taken = takeFlags(words);
        if (!this.#onlyFlags(taken.flags, ['checksum'])) return undefined;
        return this.#read(() => ({ ...base, keyword: 'APPVALUES', ...parseAppValues(taken) }));
      }
      case 'APPCMDS': {
        const space = this.line.rest.search(/\s/);
        const commands = space > 0 ? jsonList(this.line.rest.slice(space).trim()) : undefined;
        if (!commands?.length)
          return this.#fail(
            'the commands are no JSON list of strings',
            '`APPCMDS name ["command", ...]`',
            Math.max(space, 0),
          );
        return { ...base, keyword: 'APPCMDS', app: this.line.rest.slice(0, space), commands };
      }
      case 'KUBEVERSION': {
        const range = words.map((word) => word.text).join(' ');
        if (!range || validRange(range) === null)
          return this.#fail(`"${range}" is no range of versions`, 'such as `KUBEVERSION >=1.28 <1.36`');
        return { ...base, keyword: 'KUBEVERSION', range };
      }
      case 'LAUNCH': {
        const apps = jsonList(this.line.rest) ?? words.map((word) => word.text);
        if (!apps.length || this.line.rest.startsWith('[') !== Boolean(jsonList(this.line.rest)))
          return this.#fail('no applications are named', '`LAUNCH app ...` or `LAUNCH ["app", ...]`');
        return { ...base, keyword: 'LAUNCH', apps };
      }
      case 'CMDS': {
        const commands = jsonList(this.line.rest);
        if (!commands?.length) return this.#fail('the commands are no JSON list of strings', '`CMDS ["command", ...]`');
        return { ...base, keyword: 'CMDS', commands };
      }
      case 'CMD':
        if (!this.line.rest) return this.#fail('the command is missing', '`CMD command`');
        return { ...base, keyword: 'CMD', commands: jsonList(this.line.rest) ?? [this.line.rest] };
      case 'RUN':
        return this.#read(() => ({ ...base, keyword: 'RUN', ...parseRun(this.line) }));
      default: {
        const about = otherInstructions[this.keyword];
        if (about !== undefined && Object.hasOwn(otherInstructions, this.keyword)) {
          const { position } = this.line;
          this.errors.push(kubefileErrors.KUBEFILE_NOT_FOR_CLUSTERS({ what: this.keyword, about }, { position }));
          return undefined;
        }
        const suggestion = suggest(this.line.keyword, keywords);
        this.errors.push(
          kubefileErrors.KUBEFILE_INSTRUCTION(
            { word: this.line.keyword, suggestion },
            { position: this.line.position },
          ),
        );
        return undefined;
      }
    }
  }

  #from(base: { position: SourcePosition; text: string }, words: Word[]): Instruction | undefined {
    const { flags, rest } = takeFlags(words);
    if (!this.#onlyFlags(flags, ['platform'])) return undefined;
    if (rest.length === 3 && /^as$/i.test(rest[1]?.text ?? ''))
      return this.#fail(
        `"${rest[1]?.text} ${rest[2]?.text}" names a build stage, and a cluster image has none`,
        '`FROM image` alone',
        rest[1]?.offset,
      );
    if (rest.length !== 1)
      return this.#fail(`${rest.length} names are given`, '`FROM [--platform=os/arch] image` or `FROM scratch`');
    const platform = flags.get('platform')?.raw;
    return { ...base, keyword: 'FROM', image: rest[0]?.raw as string, ...(platform ? { platform } : {}) };
  }

  #arg(base: { position: SourcePosition; text: string }, words: Word[]): Instruction | undefined {
    const text = words.map((word) => word.text).join(' ');
    const match = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(text);
    if (!match || words.length !== 1) return this.#fail(`"${text}" is no argument`, '`ARG NAME` or `ARG NAME=default`');
    const value = match[2] === undefined ? {} : { value: afterEquals(words[0]?.raw as string) };
    return { ...base, keyword: 'ARG', name: match[1] as string, ...value };
  }

  #pairs(words: readonly Word[], legacy: boolean): [string, string][] | undefined {
    const [first] = words;
    if (!first) return this.#fail('nothing is set', '`KEY=value ...`');
    if (legacy && !first.text.includes('=')) {
      const value = this.line.rest.slice(words[1]?.offset ?? 0);
      if (words.length < 2) return this.#fail(`"${first.text}" has no value`, '`KEY=value ...`', first.offset);
      return [[first.raw, value]];
    }
    const pairs: [string, string][] = [];
    for (const word of words) {
      const equals = word.text.indexOf('=');
      if (equals <= 0)
        return this.#fail(
          `"${word.text}" is no KEY=value`,
          '`KEY=value ...`, values with blanks in quotes',
          word.offset,
        );
      pairs.push([word.raw.slice(0, word.raw.indexOf('=')), afterEquals(word.raw)]);
    }
    return pairs;
  }

  #onlyFlags(flags: ReadonlyMap<string, { offset: number }>, allowed: readonly string[]): boolean {
    for (const [name, { offset }] of flags) {
      if (allowed.includes(name)) continue;
      const about = Object.entries(otherFlags[this.keyword] ?? {}).find(([known]) => known === name)?.[1];
      if (about !== undefined) {
        const position = this.line.positionAt(offset);
        const what = `--${name} of ${this.keyword}`;
        this.errors.push(kubefileErrors.KUBEFILE_NOT_FOR_CLUSTERS({ what, about }, { position }));
        return false;
      }
      const suggestion = suggest(name, allowed);
      this.#fail(
        `there is no flag --${name}${suggestion ? `; did you mean --${suggestion}?` : ''}`,
        allowed.map((flag) => `--${flag}`).join(', ') || 'no flags',
        offset,
      );
      return false;
    }
    return true;
  }

  /** A word that was meant to begin a comment; in the lines of a shell, it does. */
  #commentIn(words: readonly Word[]): Word | undefined {
    if (['RUN', 'CMD', 'CMDS', 'APPCMDS', 'MAINTAINER'].includes(this.keyword)) return undefined;
    if (jsonList(this.line.rest)) return undefined;
    return words.find(({ offset }) => offset > 0 && this.line.rest[offset] === '#');
  }

  /** Quotes and braces are closed. */
  #isWhole(word: Word): boolean {
    try {
      checkWord(word.raw, this.line.escapeToken);
      return true;
    } catch (cause) {
      const expected = `quotes and \${NAME} that are closed; a $ or a quote stands for itself behind ${this.line.escapeToken}`;
      this.#failAt((cause as Error).message, expected, this.line.positionAt(word.offset));
      return false;
    }
  }

  #read(read: () => Instruction): Instruction | undefined {
    try {
      return read();
    } catch (cause) {
      const { problem, expected, offset } = cause as MountProblem;
      if (problem === undefined) throw cause;
      return this.#fail(problem, expected, offset);
    }
  }

  #fail(problem: string, expected: string, offset = 0): undefined {
    return this.#failAt(problem, expected, offset ? this.line.positionAt(offset) : this.line.position);
  }

  #failAt(problem: string, expected: string, position: SourcePosition): undefined {
    this.errors.push(kubefileErrors.KUBEFILE_SYNTAX({ keyword: this.keyword, problem, expected }, { position }));
    return undefined;
  }
}
