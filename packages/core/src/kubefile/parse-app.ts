/** APP, CNI, CSI and APPVALUES: a name, and sources of the context or of a URL. */
import type { AppKeyword, Instruction } from './instructions.js';
import type { MountProblem } from './run-mounts.js';
import type { Flags, Word } from './words.js';

type Fields<K> = Omit<Extract<Instruction, { keyword: K }>, 'keyword' | 'position' | 'text'>;

/** @throws MountProblem with the place in the line */
export function parseApp(keyword: AppKeyword, { flags, rest }: Flags): Fields<AppKeyword> {
  const [name, ...sources] = rest;
  if (!name || !sources.length) throw fail('name or source is missing', `\`${keyword} name local://path ...\``);
  // It is a folder's name; whether helm takes it for a release is asked when there is a chart.
  if (!/^[A-Za-z0-9]([\w.-]{0,251}[A-Za-z0-9])?$/.test(name.text))
    throw fail(`"${name.text}" is no name`, 'letters, digits, -, _ and .', name.offset);
  return { name: name.text, ...sourcesOf(sources, flags) };
}

/** @throws MountProblem with the place in the line */
export function parseAppValues({ flags, rest }: Flags): Fields<'APPVALUES'> {
  const [app, ...sources] = rest;
  if (!app || !sources.length)
    throw fail('the app or its values are missing', '`APPVALUES name local://values.yaml ...`');
  return { app: app.text, ...sourcesOf(sources, flags) };
}

function sourcesOf(sources: readonly Word[], flags: Flags['flags']): { sources: string[]; checksum?: string } {
  const wrong = sources.find(({ text }) => !/^(local|https?):\/\/./.test(text));
  if (wrong) throw fail(`"${wrong.text}" is no source`, '`local://path`, `http://...` or `https://...`', wrong.offset);
  const checksum = flags.get('checksum')?.raw;
  return { sources: sources.map(({ raw }) => raw), ...(checksum ? { checksum } : {}) };
}

function fail(problem: string, expected: string, offset = 0): MountProblem {
  return { problem, expected, offset };
}
