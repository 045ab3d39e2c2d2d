/** Go templates as something that can be parsed: lines that are nothing but actions go, other actions become a word. */
const actionWord = '__template__';

/** The same number of lines, so that places stay right. */
export function withoutActions(text: string): string {
  return text
    .replace(/[ \t]*\{\{-?[ \t]*\/\*[\s\S]*?\*\/[ \t]*-?\}\}/g, lineEnds)
    .replace(/^[ \t]*(?:\{\{(?:(?!\}\})[\s\S])*\}\}[ \t]*)+$/gm, lineEnds)
    .replace(/\{\{[\s\S]*?\}\}/g, (action) => `${actionWord}${lineEnds(action)}`);
}

/** For people: what it was is not known any more. */
export function readable(text: string): string {
  return text.replaceAll(actionWord, '{{...}}');
}

function lineEnds(text: string): string {
  return '\n'.repeat(text.split('\n').length - 1);
}
