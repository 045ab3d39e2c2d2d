import { execaSync } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quote } from './quote.js';

const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0') && text.isWellFormed());

test.each(['sh', 'bash'])('%s reads back every quoted word', (shell) => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      const text = `printf '%s\\0' ${words.map(quote).join(' ')}`;
      const { stdout } = execaSync(shell, ['-s'], { input: text, stripFinalNewline: false });
      expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 40 },
  );
});
