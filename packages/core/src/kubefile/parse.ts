/** Kubefile text to typed instructions. Every error of the file is reported, each with its place. */
import { validRange } from 'semver';
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import { suggest } from '../errors/suggest.js';
import { checkOrder } from './check-order.js';
import { type Instruction, keywords } from './instructions.js';
import { kubefileErrors } from './kubefile-errors.js';
import { type LogicalLine, lex } from './lex.js';
import { parseRun } from './parse-run.js';
import type { MountProblem } from './run-mounts.js';
import { jsonList, splitWords, takeFlags, type Word } from './words.js';

/** @throws KUBEFILE_INVALID with every error in `errors` */
export function parseKubefile(text: string, file: string): Instruction[] {
  const errors: SealerError[] = [];
  const instructions: Instruction[] = [];
  for (const line of lex(text, file)) {
    const parser = new LineParser(line, errors);
    const instruction = parser.parse();
    if (instruction) instructions.push(instruction);
  }
  errors.push(...checkOrder(instructions, file));
  if (errors.length) {
    errors.sort(
      (a, b) =>
        (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0),
    );
    throw kubefileErrors.KUBEFILE_INVALID({ file, count: errors.length }, { errors });
  }
  return instructions;
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
    const base = { position: this.line.position, text: `${this.keyword} ${this.line.rest}` };
    const words = splitWords(this.line.rest);
    switch (this.keyword) {
      case 'FROM':
        return this.#from(base, words);
      case 'ARG':
        return this.#arg(base, words);
      case 'ENV':
      case 'LABEL': {
        const pairs = this.#pairs(words, this.keyword === 'ENV');
        return pairs && { ...base, keyword: this.keyword, pairs };
      }
      case 'MAINTAINER':
        return { ...base, keyword: 'MAINTAINER', name: this.line.rest };
      case 'COPY':
      case 'ADD':
        return this.#copy(base, words, this.keyword);
      case 'APP':
      case 'CNI':
      case 'CSI':
        return this.#app(base, words, this.keyword);
      case 'APPENV': {
        const [app, ...rest] = words;
        const pairs = app && this.#pairs(rest, false);
        if (!app) return this.#fail('the name of the app is missing', '`APPENV name KEY=value ...`');
        return pairs && { ...base, keyword: 'APPENV', app: app.text, pairs };
      }
      case 'APPVALUES':
        return this.#appValues(base, words);
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
        try {
          return { ...base, keyword: 'RUN', ...parseRun(this.line.rest) };
        } catch (cause) {
          const { problem, expected, offset } = cause as MountProblem;
          return this.#fail(problem, expected, offset);
        }
      default: {
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
    if (rest.length !== 1)
      return this.#fail(`${rest.length} names are given`, '`FROM [--platform=os/arch] image` or `FROM scratch`');
    const platform = flags.get('platform')?.value;
    return { ...base, keyword: 'FROM', image: rest[0]?.text as string, ...(platform ? { platform } : {}) };
  }

  #arg(base: { position: SourcePosition; text: string }, words: Word[]): Instruction | undefined {
    const text = words.map((word) => word.text).join(' ');
    const match = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(text);
    if (!match || words.length !== 1) return this.#fail(`"${text}" is no argument`, '`ARG NAME` or `ARG NAME=default`');
    return {
      ...base,
      keyword: 'ARG',
      name: match[1] as string,
      ...(match[2] === undefined ? {} : { value: match[2] }),
    };
  }

  #pairs(words: readonly Word[], legacy: boolean): [string, string][] | undefined {
    const [first] = words;
    if (!first) return this.#fail('nothing is set', '`KEY=value ...`');
    if (legacy && !first.text.includes('=')) {
      const value = words
        .slice(1)
        .map((word) => word.text)
        .join(' ');
      if (words.length < 2) return this.#fail(`"${first.text}" has no value`, '`KEY=value ...`', first.offset);
      return [[first.text, value]];
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
      pairs.push([word.text.slice(0, equals), word.text.slice(equals + 1)]);
    }
    return pairs;
  }

  #copy(
    base: { position: SourcePosition; text: string },
    words: Word[],
    keyword: 'COPY' | 'ADD',
  ): Instruction | undefined {
    const { flags, rest } = takeFlags(words);
    if (!this.#onlyFlags(flags, keyword === 'ADD' ? ['chmod', 'chown', 'checksum'] : ['chmod', 'chown']))
      return undefined;
    const list = rest[0]?.text.startsWith('[')
      ? jsonList(this.line.rest.slice(rest[0].offset))
      : rest.map((word) => word.text);
    if (!list || list.length < 2)
      return this.#fail('source or destination is missing', `\`${keyword} source ... destination\``);
    const chmod = flags.get('chmod');
    if (chmod && !/^[0-7]{3,4}$/.test(chmod.value))
      return this.#fail(`"${chmod.value}" is no mode`, 'octal digits such as `--chmod=755`', chmod.offset);
    const chown = flags.get('chown');
    if (chown && !/^\d+(:\d+)?$/.test(chown.value))
      return this.#fail(`"${chown.value}" is no owner`, 'numbers such as `--chown=1000:1000`', chown.offset);
    const checksum = flags.get('checksum');
    const destination = list[list.length - 1] as string;
    if (list.length > 2 && !destination.endsWith('/') && !destination.endsWith('.')) {
      return this.#fail(
        `several sources go to "${destination}"`,
        'a destination that ends in /',
        rest.at(-1)?.offset ?? 0,
      );
    }
    return {
      ...base,
      keyword,
      sources: list.slice(0, -1),
      destination,
      ...(chmod ? { chmod: chmod.value } : {}),
      ...(chown ? { chown: chown.value } : {}),
      ...(checksum ? { checksum: checksum.value } : {}),
    };
  }

  #app(
    base: { position: SourcePosition; text: string },
    words: Word[],
    keyword: 'APP' | 'CNI' | 'CSI',
  ): Instruction | undefined {
    const { flags, rest } = takeFlags(words);
    if (!this.#onlyFlags(flags, ['checksum', 'namespace'])) return undefined;
    const [name, ...sources] = rest;
    if (!name || !sources.length)
      return this.#fail('name or source is missing', `\`${keyword} name local://path ...\``);
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name.text))
      return this.#fail(`"${name.text}" is no name`, 'lower-case letters, digits, - and .', name.offset);
    if (!this.#areSources(sources)) return undefined;
    const checksum = flags.get('checksum')?.value;
    return {
      ...base,
      keyword,
      name: name.text,
      sources: sources.map((source) => source.text),
      ...(flags.has('namespace') ? { namespace: flags.get('namespace')?.value ?? '' } : {}),
      ...(checksum ? { checksum } : {}),
    };
  }

  #appValues(base: { position: SourcePosition; text: string }, words: Word[]): Instruction | undefined {
    const { flags, rest } = takeFlags(words);
    if (!this.#onlyFlags(flags, ['checksum'])) return undefined;
    const [app, ...sources] = rest;
    if (!app || !sources.length)
      return this.#fail('the app or its values are missing', '`APPVALUES name local://values.yaml ...`');
    if (!this.#areSources(sources)) return undefined;
    const checksum = flags.get('checksum')?.value;
    return {
      ...base,
      keyword: 'APPVALUES',
      app: app.text,
      sources: sources.map(({ text }) => text),
      ...(checksum ? { checksum } : {}),
    };
  }

  #areSources(sources: readonly Word[]): boolean {
    const wrong = sources.find(({ text }) => !/^(local|https?):\/\/./.test(text));
    if (wrong)
      this.#fail(`"${wrong.text}" is no source`, '`local://path`, `http://...` or `https://...`', wrong.offset);
    return !wrong;
  }

  #onlyFlags(flags: ReadonlyMap<string, { offset: number }>, allowed: readonly string[]): boolean {
    for (const [name, { offset }] of flags) {
      if (allowed.includes(name)) continue;
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

  #fail(problem: string, expected: string, offset = 0): undefined {
    const position = offset ? this.line.positionAt(offset) : this.line.position;
    this.errors.push(kubefileErrors.KUBEFILE_SYNTAX({ keyword: this.keyword, problem, expected }, { position }));
    return undefined;
  }
}
