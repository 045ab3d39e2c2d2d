/**
 * For checks of what was finished before: that the API server does not answer this moment is no reason to initialise or
 * join once more, which would fail and be undone.
 */
import type { RunOptions, StepIO } from '@sealer/core';

/** How long a script with `ask` asks. */
export function asking(io: StepIO): RunOptions {
  return {
    env: { ASK_SECONDS: String(Math.round(io.patience / 1000)) },
    timeout: io.patience + 40_000,
    signal: io.signal,
  };
}
