import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';

/** Ends what containerd started, then containerd: its service leaves running containers alone when it stops. */
export function removeContainerd(ctx: PlanContext, host: PlannedHost): StepDraft {
  const { base } = ctx.paths;
  return ctx.step('Stop containerd', {
    host,
    check: (machine) => machine.query.succeeds(script(scripts.isStopped, base)),
    run: async (machine) => void (await machine.run(script(scripts.stop, base))),
  });
}
