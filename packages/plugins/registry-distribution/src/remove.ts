import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { service } from './places.js';

export function removeRegistry(ctx: PlanContext, host: PlannedHost): StepDraft {
  return ctx.step('Stop the registry', {
    host,
    check: (machine) =>
      machine.query.succeeds(
        script('! systemctl is-active -q "$1" && ! systemctl is-enabled -q "$1" 2>/dev/null', service),
      ),
    run: async (machine) =>
      void (await machine.run(
        script('systemctl disable -q --now "$1"; systemctl reset-failed "$1" 2>/dev/null || true', service),
      )),
  });
}
