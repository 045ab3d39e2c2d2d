import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';
import { service } from './places.js';

export function removeRegistry(ctx: PlanContext, host: PlannedHost): StepDraft {
  return ctx.step('Stop the registry', {
    host,
    check: (machine) => machine.query.succeeds(script(scripts.isStopped, service, ctx.paths.rootfs)),
    run: async (machine) => void (await machine.run(script(scripts.stop, service))),
  });
}
