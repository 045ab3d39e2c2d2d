/** Go templates as something that can be parsed: lines that are nothing but actions go, other actions become a word. */
export const placeholder = '__template__';

/** The same number of lines, so that places stay right. */
export function withoutActions(text: string): string {
  return text
    .replace(/^[ \t]*(?:\{\{[^\n]*?\}\}[ \t]*)+$/gm, '')
    .replace(/\{\{[\s\S]*?\}\}/g, (action) => `${placeholder}${'\n'.repeat(action.split('\n').length - 1)}`);
}
