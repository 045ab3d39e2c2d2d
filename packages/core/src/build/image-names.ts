/** A list of image names, one a line; what follows a `#` at the start of a word is left out. */
export function imageNames(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean);
}
