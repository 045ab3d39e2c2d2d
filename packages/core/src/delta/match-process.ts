/** A process of its own for matching two large files: both are in memory whole, beside a table (match-files.ts starts it). */
import { type MatchJob, matchHere, packRows } from './match-files.js';

process.once('message', (job: MatchJob) => {
  void matchHere(job).then((rows) => {
    process.send?.(packRows(rows), () => process.disconnect());
  });
});
