/** Which rows are drawn when there are more than the terminal has lines. */
import type { Row, RowState } from './row.js';

export interface Collapsed {
  /** In the order of the rows. */
  shown: readonly Row[];
  /** What the steps at work write has a line, too. */
  withOutput: boolean;
  /** Instead of the others: `and 21 more: 17 done, 4 waiting`. */
  rest?: string;
}

/** The last are the first to go. */
const order: readonly RowState[] = ['failed', 'working', 'stopped', 'done', 'waiting'];

/** @param settled the rows that ended, the latest last: of those the latest are kept */
export function collapse(rows: readonly Row[], settled: readonly Row[], lines: number): Collapsed {
  const outputs = rows.filter((row) => row.state === 'working' && row.output).length;
  if (rows.length + outputs <= lines) return { shown: rows, withOutput: true };
  if (rows.length <= lines) return { shown: rows, withOutput: false };
  const age = new Map(settled.map((row, index) => [row, settled.length - index]));
  const rank = (row: Row) => order.indexOf(row.state);
  const keep = new Set(
    [...rows]
      .sort((a, b) => rank(a) - rank(b) || (a.state === 'done' ? (age.get(a) ?? 0) - (age.get(b) ?? 0) : 0))
      .slice(0, Math.max(0, lines - 1)),
  );
  const rest = rows.filter((row) => !keep.has(row));
  const counts = order
    .map((state) => ({ state, count: rest.filter((row) => row.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state === 'working' ? 'at work' : state}`);
  return {
    shown: rows.filter((row) => keep.has(row)),
    withOutput: false,
    rest: `and ${rest.length} more: ${counts.join(', ')}`,
  };
}
