/** COPY and ADD: flags, sources, here-documents and a target. */

import { chomped, markerOf } from './here-documents.js';
import type { Instruction } from './instructions.js';
import type { LogicalLine } from './lex.js';
import type { MountProblem } from './run-mounts.js';
import { type Flags, jsonList } from './words.js';

type CopyFields = Omit<Extract<Instruction, { keyword: 'COPY' | 'ADD' }>, 'keyword' | 'position' | 'text'>;

/** @throws MountProblem with the place in the line */
export function parseCopy(keyword: 'COPY' | 'ADD', line: LogicalLine, { flags, rest }: Flags): CopyFields {
  const list = rest[0]?.text.startsWith('[') ? jsonList(line.rest.slice(rest[0].offset)) : undefined;
  const words = list ?? rest.map(({ text }) => text);
  if (words.length < 2) throw fail('source or destination is missing', `\`${keyword} source ... destination\``);
  const asWritten = list ?? rest.map(({ raw }) => raw);
  const destination = words.at(-1) as string;
  const given = words.slice(0, -1);
  const offsetOf = (index: number) => (list ? 0 : (rest[index]?.offset ?? 0));
  if (!list && markerOf(destination))
    throw fail('a here-document is the target', 'a path at the end', offsetOf(given.length));
  for (const [index, source] of given.entries())
    if (keyword === 'COPY' && /^(https?|git|ssh):\/\//.test(source))
      throw fail('a source is a URL', '`ADD --checksum=sha256:... URL target`', offsetOf(index));
  const names = new Set(line.documents.map(({ offset }) => offset));
  const sources = asWritten.slice(0, -1).filter((_, index) => list || !names.has(rest[index]?.offset as number));
  const documents = line.documents.map(({ name, text, expand, chomp }) => ({
    name,
    expand,
    text: chomp ? chomped(text) : text,
  }));
  const bad = documents.findIndex(({ name }) => name === '.' || name === '..' || name.includes('/'));
  if (bad >= 0)
    throw fail(`"${documents[bad]?.name}" is no name of a file`, 'a name such as <<EOF', line.documents[bad]?.offset);
  const checksum = flags.get('checksum');
  const unpack = flags.get('unpack');
  if (unpack && !['', 'true', 'false'].includes(unpack.value))
    throw fail(`"${unpack.value}" is not true or false`, '--unpack=true or --unpack=false', unpack.offset);
  return {
    sources,
    destination: asWritten.at(-1) as string,
    ...(documents.length > 0 ? { documents } : {}),
    ...modeAndOwner(flags),
    ...(checksum ? { checksum: checksum.raw } : {}),
    ...(unpack ? { unpack: unpack.value !== 'false' } : {}),
  };
}

/** Variables are replaced, and names looked up, when the instruction is carried out. */
function modeAndOwner(flags: Flags['flags']): Pick<CopyFields, 'chmod' | 'chown'> {
  const chmod = flags.get('chmod');
  if (chmod && !/^([0-7]+|[ugoa]*[-+=][-+=rwxXstugoa,]*|.*\$.*)$/.test(chmod.value))
    throw fail(
      `"${chmod.value}" is no mode`,
      'octal digits such as `--chmod=755`, or `--chmod=u=rwX,go=rX`',
      chmod.offset,
    );
  const chown = flags.get('chown');
  if (chown && !/^([\w][\w.@-]*\$?)?(:[\w][\w.@-]*\$?)?$|.*\$.*/.test(chown.value))
    throw fail(`"${chown.value}" is no owner`, 'such as `--chown=1000:1000` or `--chown=user:group`', chown.offset);
  if (chown && (chown.value === '' || chown.value === ':'))
    throw fail('--chown names nobody', 'such as `--chown=1000:1000` or `--chown=user:group`', chown.offset);
  return { ...(chmod ? { chmod: chmod.raw } : {}), ...(chown ? { chown: chown.raw } : {}) };
}

function fail(problem: string, expected: string, offset = 0): MountProblem {
  return { problem, expected, offset };
}
