/** Variables and quotes of a word, with an error that names it. */
import { type ExpandOptions, expandWord } from './expand-word.js';
import { kubefileErrors } from './kubefile-errors.js';

/** @throws KUBEFILE_VARIABLE, without its place */
export function fillWord(text: string, values: Readonly<Record<string, string>>, options: ExpandOptions = {}): string {
  try {
    return expandWord(text, values, options);
  } catch (cause) {
    throw kubefileErrors.KUBEFILE_VARIABLE({ text, reason: (cause as Error).message }, { cause });
  }
}
