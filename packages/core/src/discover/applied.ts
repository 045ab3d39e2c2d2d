/** What shell lines and scripts apply to a cluster: manifests, kustomizations and charts, by the names they give. */
import { posix } from 'node:path';
import { textsOf, type Variables } from './shell-variables.js';
import { type ShellCommand, shellCommands, unknown } from './shell-words.js';

interface AppliedPath {
  path: string;
  /** Where it is meant from. */
  folders: readonly string[];
  /** The line that applies it. */
  origin: string;
}

export interface AppliedManifest extends AppliedPath {
  kind: 'manifest';
  recursive: boolean;
}

export interface AppliedChart extends AppliedPath {
  kind: 'chart';
  release: string | undefined;
  namespace: string | undefined;
  values: readonly string[];
  /** `--set a=b` and its siblings, as words. */
  set: readonly string[];
  /** Something of it is known only when it runs. */
  partly: boolean;
}

export type Applied =
  | AppliedManifest
  | AppliedChart
  | (AppliedPath & { kind: 'kustomization' | 'script' })
  /** Manifests that the text itself holds. */
  | { kind: 'text'; text: string; line: number; origin: string };

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
const assignment = /^([A-Za-z_]\w*)\+?=/;
const verbs = new Set(['apply', 'create', 'replace']);
const shells = /^(ba|da|z)?sh$|^(source|\.)$/;

export function appliedBy(given: ShellText): Applied[] {
  const variables: Variables = new Map(Object.entries(given.variables).map(([name, text]) => [name, [text]]));
  let folders = [...given.folders];
  const found: Applied[] = [];
  for (const command of shellCommands(given.text)) {
    variables.set('PWD', [`/${folders[0] ?? ''}`]);
    const origin = given.label(command.line);
    const words = command.words.map((word) => textsOf(word, variables, given.folder));
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
    if (program === 'for' && firsts[at + 2] === 'in') variables.set(firsts[at + 1] as string, rest.slice(3).flat());
    else if (/^(cd|pushd)$/.test(program) && rest[1]?.[0] !== undefined)
      folders = folders.flatMap((folder) => (rest[1] as string[]).map((to) => inFolder(folder, to)));
    else if (shells.test(posix.basename(program)) || /\.sh$/.test(program))
      found.push(...scripts(rest, folders, origin));
    found.push(...ofCommand(command, rest, folders, origin));
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

function ofCommand(command: ShellCommand, words: string[][], folders: readonly string[], origin: string): Applied[] {
  const named = (pattern: RegExp) =>
    words.findIndex((texts, at) => {
      const word = command.words[command.words.length - words.length + at];
      const isVariable = word?.parts.some((part) => 'variable' in part && pattern.test(part.variable.toLowerCase()));
      return texts.some((text) => pattern.test(posix.basename(text))) || (texts[0] === unknown && isVariable);
    });
  const [kubectl, helm, kustomize] = [/^(kubectl|oc|kube_?ctl)$/, /^helm[23]?$/, /^kustomize$/].map(named) as [
    number,
    number,
    number,
  ];
  if (kubectl >= 0) return ofKubectl(words.slice(kubectl + 1), folders, origin);
  if (helm >= 0) return ofHelm(words.slice(helm + 1), folders, origin);
  if (kustomize >= 0 && words[kustomize + 1]?.[0] === 'build') {
    const path = words.slice(kustomize + 2).find(([text]) => !text?.startsWith('-'));
    return (path ?? ['.']).map((one) => ({ kind: 'kustomization', path: one, folders, origin }));
  }
  return [];
}

function ofKubectl(words: string[][], folders: readonly string[], origin: string): Applied[] {
  const verb = words.findIndex(([text]) => verbs.has(text ?? ''));
  if (verb < 0) return [];
  const recursive = words.some(([text]) => /^(-R|--recursive)$/.test(text ?? ''));
  const files = flagValues(words, ['-f', '--filename']).flatMap((path) => path.split(','));
  const kustomizations = flagValues(words, ['-k', '--kustomize']);
  return [
    ...files
      .filter((path) => path !== '-' && !/^\/dev\//.test(path) && path !== '')
      .map((path) => ({ kind: 'manifest' as const, path, folders, recursive, origin })),
    ...kustomizations.map((path) => ({ kind: 'kustomization' as const, path, folders, origin })),
  ];
}

/** Flags of helm that stand alone; all others have a value. */
const helmSwitches =
  /^(-i|-g|-h|--(install|create-namespace|wait|wait-for-jobs|atomic|debug|dry-run|force|replace|generate-name|no-hooks|skip-crds|skip-tests|include-crds|is-upgrade|validate|devel|dependency-update|verify|reuse-values|reset-values|reset-then-reuse-values|cleanup-on-fail|disable-openapi-validation|render-subchart-notes|insecure-skip-tls-verify|plain-http|pass-credentials|hide-secret|hide-notes|enable-dns|take-ownership|skip-schema-validation|rollback-on-failure|force-conflicts|force-replace|help))$/;
const setFlags = ['--set', '--set-string', '--set-json', '--set-literal'];

function ofHelm(words: string[][], folders: readonly string[], origin: string): Applied[] {
  const verb = words.findIndex(([text]) => /^(install|upgrade|template)$/.test(text ?? ''));
  if (verb < 0) return [];
  const rest = words.slice(verb + 1);
  const positional: string[][] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const [text = ''] = rest[at] as string[];
    if (!text.startsWith('-')) positional.push(rest[at] as string[]);
    else if (!text.includes('=') && !helmSwitches.test(text)) at += 1;
  }
  const chart = positional.at(-1);
  if (!chart) return [];
  const values = flagValues(words, ['-f', '--values']).flatMap((path) => path.split(','));
  const sets = setFlags.flatMap((flag) => flagValues(words, [flag]).flatMap((text) => [[flag, text] as const]));
  const known = sets.filter(([, text]) => !text.includes(unknown));
  const [namespace] = flagValues(words, ['-n', '--namespace']);
  const [repository] = flagValues(words, ['--repo']);
  const release = positional.length > 1 ? positional[0]?.[0] : undefined;
  return chart.map((path) => ({
    kind: 'chart',
    path: repository ? `${repository.replace(/\/$/, '')}/${path}` : path,
    folders,
    release: release?.includes(unknown) ? undefined : release,
    namespace: namespace?.includes(unknown) ? undefined : namespace,
    values,
    set: known.flat(),
    partly: known.length < sets.length || values.some((one) => one.includes(unknown)),
    origin,
  }));
}

function scripts(words: string[][], folders: readonly string[], origin: string): Applied[] {
  const paths = words.find(([text]) => /\.sh$/.test(text ?? ''));
  return (paths ?? []).map((path) => ({ kind: 'script', path, folders, origin }));
}

/** `-f x`, `-fx`, `-f=x`, `--filename x`, `--filename=x`. */
function flagValues(words: string[][], names: readonly string[]): string[] {
  return words.flatMap((texts, at) => {
    const [text = ''] = texts;
    if (names.includes(text)) return words[at + 1] ?? [];
    const long = names.find((name) => text.startsWith(`${name}=`));
    if (long) return texts.map((one) => one.slice(long.length + 1));
    const short = names.find((name) => /^-\w$/.test(name) && text.startsWith(name));
    return short && !text.startsWith('--') ? texts.map((one) => one.slice(2)) : [];
  });
}
