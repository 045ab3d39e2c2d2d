/** Tests of a file that build on each other: after one has failed, the rest is skipped rather than failing slowly. */
import { afterEach, beforeEach } from 'vitest';

export function tellInOrder(): void {
  let broken = false;
  beforeEach((context) => {
    if (broken) context.skip('a test before it failed');
  });
  afterEach((context) => {
    if (context.task.result?.state === 'fail') broken = true;
  });
}
