/** What the variables of shell text are known to be: those of the environment, and those it sets itself. */
import { type ShellWord, shellCommands, unknown } from './shell-words.js';

/** A name may stand for several texts: `for f in a b`. */
export type Variables = Map<string, readonly string[]>;

/** More than these are not told apart. */
const most = 64;
const longestDefault = 4096;

/** Every text the word may be. @param folder of the script, for `$(dirname "$0")`; empty: the root */
export function textsOf(word: ShellWord, variables: Variables, folder: string): string[] {
  let texts = [''];
  for (const part of word.parts) {
    const added =
      'text' in part
        ? [part.text]
        : 'variable' in part
          ? valuesOf(part, variables)
          : substituted(part.substitution, variables, folder);
    texts = texts.flatMap((text) => added.map((one) => text + one)).slice(0, most);
  }
  return word.quoted ? texts : texts.flatMap(braces).slice(0, most);
}

/** Every word of a command with what it may be: what a variable gives is cut at its blanks, as a shell does. */
export function argumentsOf(words: readonly ShellWord[], variables: Variables, folder: string): string[][] {
  return words.flatMap((word) => {
    const texts = textsOf(word, variables, folder);
    const [text = '', ...more] = texts;
    if (word.quoted || more.length > 0) return [texts];
    const [first] = word.parts;
    const isAssignment = first !== undefined && 'text' in first && /^\w+\+?=/.test(first.text);
    const hasVariable = word.parts.some((part) => !('text' in part));
    return hasVariable && !isAssignment
      ? text
          .split(/\s+/)
          .filter(Boolean)
          .map((one) => [one])
      : [texts];
  });
}

function valuesOf(
  { variable, otherwise }: { variable: string; otherwise?: string },
  variables: Variables,
): readonly string[] {
  const known = variables.get(variable);
  if (known && !(otherwise !== undefined && known.every((text) => text === ''))) return known;
  const program = /^(kubectl|helm|kustomize)(_?(bin|cmd|command|path|exe))?$/i.exec(variable)?.[1];
  if (otherwise === undefined || otherwise.length > longestDefault) return [program?.toLowerCase() ?? unknown];
  // What an environment gives is not known; that it gives nothing is likely.
  const [, , quotedText] = /^(["'])([\s\S]*)\1$/.exec(otherwise) ?? [];
  const [word] = shellCommands(`"${quotedText ?? otherwise}"`)[0]?.words ?? [];
  return word && !/^"*$/.test(otherwise) ? textsOf(word, variables, unknown) : [''];
}

/** `$(pwd)`, and the ways in which a script says where it lies: `$(cd "$(dirname "$0")/.." && pwd)`. */
function substituted(text: string, variables: Variables, folder: string): readonly string[] {
  if (text.trim() === 'pwd') return variables.get('PWD') ?? [unknown];
  const saysSelf = /\$\{?(0|BASH_SOURCE)\b/.test(text);
  const names = text.match(/\bdirname\b/g)?.length ?? 0;
  if (!saysSelf || names === 0 || folder === unknown) return [unknown];
  const ups = text.match(/\/\.\.(?![^\s/"')])/g)?.length ?? 0;
  const parts = folder.split('/').filter(Boolean);
  return [`/${parts.slice(0, Math.max(0, parts.length - (names - 1) - ups)).join('/')}`];
}

/** `{a,b}.yaml` */
function braces(text: string): string[] {
  const texts = [text];
  for (let at = 0; at < texts.length && texts.length < most; ) {
    const [all, before, inner = '', after] = /^([^{]*)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(texts[at] as string) ?? [];
    if (all === undefined) at += 1;
    else texts.splice(at, 1, ...inner.split(',').map((one) => `${before}${one}${after}`));
  }
  return texts;
}
