import { stripVTControlCharacters } from 'node:util';

const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Texts of programs and registries must not move the cursor. A line that was written over shows its last state. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n/g, '\n')
    .replace(/[^\n]*\r(?=[^\n])/g, '')
    .replace(control, '');
}

export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim();
}
