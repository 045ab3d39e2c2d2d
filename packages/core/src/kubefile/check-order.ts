/** What no single line shows: FROM first, apps known before they are used, one way to launch. */
import type { SealerError, SourcePosition } from '../errors/sealer-error.js';
import { keywords } from './instructions.js';
import { kubefileErrors } from './kubefile-errors.js';

export interface OrderedLine {
  keyword: string;
  position: SourcePosition;
  /** False when the line itself has an error: what follows from that is not said. */
  isRead: boolean;
}

const known = new Set<string>(keywords);

export function checkOrder(lines: readonly OrderedLine[], file: string): SealerError[] {
  const errors: SealerError[] = [];
  const fail = (position: SourcePosition, keyword: string, problem: string, expected: string) =>
    errors.push(kubefileErrors.KUBEFILE_SYNTAX({ keyword, problem, expected }, { position }));
  const first = lines.find(({ keyword }) => keyword !== 'ARG');
  const isClear = first === undefined ? lines.every(({ isRead }) => isRead) : first.isRead || known.has(first.keyword);
  if (!isClear) {
    // Whatever it was meant to be, it may have been FROM.
  } else if (!first)
    fail({ file, line: 1, column: 1 }, 'FROM', 'the file has no instruction FROM', 'FROM as the first instruction');
  else if (first.keyword !== 'FROM')
    fail(first.position, first.keyword, 'it comes before FROM', 'FROM first (only ARG may precede it)');
  let launch: string | undefined;
  let froms = 0;
  for (const { keyword, position } of lines) {
    if (keyword === 'FROM') froms += 1;
    if (keyword === 'FROM' && froms > 1)
      fail(position, 'FROM', 'it is the second FROM', 'one FROM: a cluster image has no build stages');
    const isLaunch = keyword === 'LAUNCH' || keyword === 'CMDS' || keyword === 'CMD';
    if (isLaunch && launch && !(keyword === 'CMD' && launch === 'CMD'))
      fail(position, keyword, `${launch} was given before`, 'one of LAUNCH, CMDS, CMD');
    if (isLaunch) launch = keyword;
  }
  return errors;
}
