/**
 * For checks of what was finished before: that the API server does not answer this moment is no reason to initialise or
 * join once more, which would fail, and be undone by a reset of what was well.
 */
import type { Host, RunOptions, Script, StepIO } from '@sealer/core';
import { kubeadmErrors } from './kubeadm-errors.js';

/** What a script with `ask` ends with when it got no answer. */
const silent = 75;

/** @throws KUBEADM_API_SILENT */
export async function isAnswered(host: Host, question: Script, io: StepIO): Promise<boolean> {
  const options: RunOptions = {
    env: { ASK_SECONDS: String(Math.round(io.patience / 1000)) },
    timeout: io.patience + 40_000,
    signal: io.signal,
  };
  const { status, stderr } = await host.query.run(question, options);
  if (status !== silent) return status === 0;
  throw kubeadmErrors.KUBEADM_API_SILENT({ host: host.name, said: stderr.trim().split('\n').at(-1) ?? '' });
}
