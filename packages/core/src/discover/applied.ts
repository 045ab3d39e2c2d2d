/** What shell lines and scripts apply to a cluster: manifests, kustomizations and charts, by the names they give. */
import { posix } from 'node:path';
import { type Applied, appliedByCommand } from './applied-commands.js';
import { argumentsOf, type Variables } from './shell-variables.js';
import { shellCommands, unknown } from './shell-words.js';

export interface ShellText {
  text: string;
  /** Where it is executed, from the root of the image; the first in which a file is found counts. */
  folders: readonly string[];
  /** Of the script itself. */
  folder: string;
  variables: Readonly<Record<string, string>>;
  label(line: number): string;
}

const leading =
  /^(if|then|else|elif|do|while|until|!|\{|time|sudo|exec|nohup|command|builtin|env|eval|timeout|retry|-E|\d+[smh]?)$/;
/** Folders that are not told apart. */
const most = 16;
const mostTexts = 64;
const assignment = /^([A-Za-z_]\w*)\+?=/;
const shells = /^(ba|da|z)?sh$|^(source|\.)$/;

export function appliedBy(given: ShellText): Applied[] {
  const variables: Variables = new Map(Object.entries(given.variables).map(([name, text]) => [name, [text]]));
  let folders = [...given.folders];
  const found: Applied[] = [];
  /** Words of the commands that this one reads from, and its own. */
  let pipeline: string[][] = [];
  let hasText = false;
  for (const command of shellCommands(given.text)) {
    variables.set('PWD', [`/${folders[0] ?? ''}`]);
    const origin = given.label(command.line);
    const words = argumentsOf(command.words, variables, given.folder);
    const firsts = words.map((texts) => texts[0] ?? '');
    let at = 0;
    for (; at < words.length; at += 1) {
      const [, name] = assignment.exec(firsts[at] as string) ?? [];
      if (name !== undefined)
        variables.set(
          name,
          (words[at] as string[]).map((text) => text.slice(text.indexOf('=') + 1)),
        );
      else if (/^(export|local|readonly|declare)$/.test(firsts[at] as string)) continue;
      else if (!leading.test(firsts[at] as string)) break;
    }
    const rest = words.slice(at);
    const program = firsts[at] ?? '';
    if (program === 'for' && firsts[at + 2] === 'in')
      variables.set(firsts[at + 1] as string, rest.slice(3).flat().slice(0, mostTexts));
    else if (/^(cd|pushd)$/.test(program) && rest[1]?.[0] !== undefined)
      folders = folders.flatMap((folder) => (rest[1] as string[]).map((to) => inFolder(folder, to))).slice(0, most);
    else if (shells.test(posix.basename(program)) || /\.sh$/.test(program))
      found.push(...scripts(rest, folders, origin));
    pipeline = command.piped ? [...pipeline, ...rest] : rest;
    hasText = command.documents.length > 0 || (command.piped && hasText);
    found.push(...appliedByCommand(rest, { folders, origin }, pipeline, hasText));
    for (const { text, line } of command.documents)
      if (/^\s*apiVersion:/m.test(text) && /^\s*kind:/m.test(text)) found.push({ kind: 'text', text, line, origin });
  }
  return found;
}

/** A path as it is seen from a folder; what is absolute starts from the root of the image. */
export function inFolder(folder: string, path: string): string {
  if (path.startsWith(unknown)) return path;
  if (folder.startsWith(unknown) && !path.startsWith('/')) return posix.join(folder, path);
  return posix.normalize(path.startsWith('/') ? path : posix.join('/', folder, path)).replace(/^\/+|\/+$/g, '');
}

function scripts(words: string[][], folders: readonly string[], origin: string): Applied[] {
  const paths = words.find(([text]) => /\.sh$/.test(text ?? ''));
  return (paths ?? []).map((path) => ({ kind: 'script', path, folders, origin }));
}
