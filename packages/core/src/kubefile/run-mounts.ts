/** The options of `RUN --mount=`: which there are for each type, and what they may hold. */
import { suggest } from '../errors/suggest.js';

interface Owned {
  uid: number;
  gid: number;
  mode: number;
}

export type RunMount =
  | ({ type: 'cache'; id: string; target: string; readOnly: boolean; sharing: 'shared' | 'locked' } & Owned)
  | { type: 'bind'; source: string; target: string; readOnly: boolean }
  | ({ type: 'secret'; id: string; target: string; required: boolean } & Owned)
  | { type: 'tmpfs'; target: string; size?: number };

const targetKeys = ['target', 'dst', 'destination'];
const ownedKeys = ['uid', 'gid', 'mode'];
const accessKeys = ['ro', 'readonly', 'rw', 'readwrite'];
const keys = {
  cache: [...targetKeys, ...ownedKeys, ...accessKeys, 'id', 'sharing'],
  bind: [...targetKeys, ...accessKeys, 'source', 'src'],
  secret: [...targetKeys, ...ownedKeys, 'id', 'required'],
  tmpfs: [...targetKeys, 'size'],
} as const;
const types = Object.keys(keys) as (keyof typeof keys)[];

export interface MountProblem {
  problem: string;
  expected: string;
  /** Within the text. */
  offset: number;
}

/** @throws MountProblem */
export function parseRunMount(text: string): RunMount {
  const options = new Map<string, { value: string | undefined; offset: number }>();
  let offset = 0;
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    if (options.has(key)) throw problem(`${key} is given twice`, 'each option once', offset);
    options.set(key, { value: equals < 0 ? undefined : part.slice(equals + 1), offset });
    offset += part.length + 1;
  }
  const type = types.find((known) => known === (options.get('type')?.value ?? 'bind'));
  if (!type) {
    const { value = '', offset: at = 0 } = options.get('type') ?? {};
    throw problem(`there is no mount type ${value}${meant(value, types)}`, types.join(', '), at);
  }
  options.delete('type');
  for (const [key, { offset: at }] of options) {
    if ((keys[type] as readonly string[]).includes(key)) continue;
    const hint = key === 'from' ? '; only the build context can be mounted' : meant(key, keys[type]);
    throw problem(`a mount of type ${type} has no option ${key}${hint}`, keys[type].join(', '), at);
  }
  return build(type, new Options(options));
}

class Options {
  constructor(private readonly all: ReadonlyMap<string, { value: string | undefined; offset: number }>) {}

  text(...names: string[]): string | undefined {
    for (const name of names) {
      const found = this.all.get(name);
      if (found && !found.value) throw problem(`${name} has no value`, `${name}=VALUE`, found.offset);
      if (found) return found.value;
    }
    return undefined;
  }

  number(name: string, radix: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!(radix === 8 ? /^[0-7]{3,5}$/ : /^\d+$/).test(text))
      throw problem(
        `"${text}" is no ${name}`,
        radix === 8 ? 'octal digits such as mode=0400' : `a number`,
        this.#at(name),
      );
    return Number.parseInt(text, radix);
  }

  flag(...names: string[]): boolean | undefined {
    for (const name of names) {
      const found = this.all.get(name);
      if (!found) continue;
      if (found.value !== undefined && found.value !== 'true' && found.value !== 'false')
        throw problem(`"${found.value}" is not true or false`, `${name}, ${name}=true or ${name}=false`, found.offset);
      return found.value !== 'false';
    }
    return undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    const found = values.find((value) => value === text);
    if (text !== undefined && !found)
      throw problem(`"${text}" is no ${name}${meant(text, values)}`, values.join(' or '), this.#at(name));
    return found;
  }

  /** Absolute; variables are replaced later. */
  path(...names: string[]): string | undefined {
    const text = this.text(...names);
    if (text !== undefined && (!/^[/$]/.test(text) || /\p{Cc}/u.test(text)))
      throw problem(`"${text}" is no absolute path`, 'a path from the root of the rootfs', this.#at(...names));
    return text;
  }

  #at(...names: string[]): number {
    return names.map((name) => this.all.get(name)?.offset).find((at) => at !== undefined) ?? 0;
  }
}

function build(type: RunMount['type'], options: Options): RunMount {
  const target = options.path(...targetKeys);
  const needed = () => {
    if (target === undefined) throw problem('target is missing', `--mount=type=${type},target=/path`, 0);
    return target;
  };
  const readOnly = (byDefault: boolean) => {
    const only = options.flag('ro', 'readonly');
    const write = options.flag('rw', 'readwrite');
    return only ?? (write === undefined ? byDefault : !write);
  };
  const owned = (mode: number) => ({
    uid: options.number('uid', 10) ?? 0,
    gid: options.number('gid', 10) ?? 0,
    mode: options.number('mode', 8) ?? mode,
  });
  switch (type) {
    case 'cache': {
      const sharing = options.oneOf('sharing', ['shared', 'locked'] as const) ?? 'shared';
      return {
        type,
        target: needed(),
        id: options.text('id') ?? needed(),
        readOnly: readOnly(false),
        sharing,
        ...owned(0o755),
      };
    }
    case 'bind':
      return { type, target: needed(), source: options.text('source', 'src') ?? '.', readOnly: readOnly(true) };
    case 'secret': {
      const id = options.text('id') ?? target?.split('/').pop();
      if (!id) throw problem('id is missing', '--mount=type=secret,id=NAME', 0);
      return {
        type,
        id,
        target: target ?? `/run/secrets/${id}`,
        required: options.flag('required') ?? false,
        ...owned(0o400),
      };
    }
    case 'tmpfs': {
      const size = options.number('size', 10);
      return { type, target: needed(), ...(size === undefined ? {} : { size }) };
    }
  }
}

function meant(word: string, known: readonly string[]): string {
  const suggestion = suggest(word, known);
  return suggestion ? `; did you mean ${suggestion}?` : '';
}

function problem(text: string, expected: string, offset: number): MountProblem {
  return { problem: text, expected, offset };
}
