/** RUN: flags, then a line for /bin/sh or a JSON list. */

import { suggest } from '../errors/suggest.js';
import { chomped, markerOf } from './here-documents.js';
import type { Instruction } from './instructions.js';
import type { LogicalLine } from './lex.js';
import { otherFlags } from './other-instructions.js';
import { type MountProblem, parseRunMount, type RunMount } from './run-mounts.js';
import { jsonList, splitWords } from './words.js';

type RunFields = Pick<Extract<Instruction, { keyword: 'RUN' }>, 'command' | 'mounts' | 'network'>;

const networks = ['default', 'none', 'host'] as const;
const flags = ['mount', 'network'] as const;

/** @throws MountProblem with the place in `rest` */
export function parseRun({
  rest,
  documents,
  escapeToken,
}: Pick<LogicalLine, 'rest' | 'documents'> & { escapeToken?: string }): RunFields {
  const mounts: RunMount[] = [];
  let network: RunFields['network'] = 'default';
  let at = rest.length;
  for (const { text, offset } of splitWords(rest, escapeToken)) {
    const match = /^--([^=]*)(?:=([\s\S]*))?$/.exec(text);
    if (!match) {
      at = offset;
      break;
    }
    const [, name = '', value = ''] = match;
    const valueAt = offset + name.length + 3;
    if (name === 'mount') mounts.push(mountAt(value, valueAt));
    else if (name === 'network') network = networkOf(value, valueAt);
    else if (Object.hasOwn(otherFlags.RUN ?? {}, name))
      throw fail(`--${name}: ${otherFlags.RUN?.[name]}`, '--mount=..., --network=...', offset);
    else throw fail(`there is no flag --${name}${meant(name, flags)}`, '--mount=..., --network=...', offset);
  }
  const text = rest.slice(at);
  if (!text) throw fail('the command is missing', '`RUN command` or `RUN ["program", "argument"]`', 0);
  const [document] = documents;
  if (document) return { command: documentCommand(text, documents), mounts, network };
  const list = jsonList(text);
  if (list && !list[0]) throw fail('the list names no program', '`RUN ["program", "argument"]`', at);
  return { command: list ? { exec: list } : { shell: text }, mounts, network };
}

/** A line that is one here-document alone is that script; otherwise the shell reads them, as it reads its own. */
function documentCommand(text: string, documents: LogicalLine['documents']): RunFields['command'] {
  const [document] = documents;
  if (!document || !markerOf(text))
    return { shell: [`${text}\n`, ...documents.map((one) => `${one.text}${one.name}\n`)].join('') };
  const script = document.chomp ? chomped(document.text) : document.text;
  return script.startsWith('#!') ? { script: { name: document.name, text: script } } : { shell: script };
}

function mountAt(value: string, offset: number): RunMount {
  try {
    return parseRunMount(value);
  } catch (cause) {
    const found = cause as MountProblem;
    throw found.problem ? { ...found, offset: offset + found.offset } : cause;
  }
}

function networkOf(value: string, offset: number): RunFields['network'] {
  const found = networks.find((network) => network === value);
  if (!found) throw fail(`there is no network "${value}"${meant(value, networks)}`, networks.join(', '), offset);
  return found;
}

function meant(word: string, known: readonly string[]): string {
  const suggestion = suggest(word, known);
  return suggestion ? `; did you mean ${suggestion}?` : '';
}

function fail(problem: string, expected: string, offset: number): MountProblem {
  return { problem, expected, offset };
}
