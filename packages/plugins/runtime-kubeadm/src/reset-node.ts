import { type Host, type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { cleanNetwork } from './clean-network.js';
import * as scripts from './generated/scripts.js';
import { hostRecord } from './host-record.js';
import { kubeadmLock } from './places.js';
import { removeServiceRoute } from './service-route.js';

/**
 * Takes back what `kubeadm init` or `join` did, half-done or whole.
 * @param cluster `stays`: the host leaves etcd's members; `goes`: nobody is left to be told, and asking takes minutes
 */
export async function kubeadmReset(ctx: PlanContext, host: Host, cluster: 'stays' | 'goes' = 'stays'): Promise<void> {
  const words = [ctx.paths.rootfs, ctx.containerRuntime.socket, hostRecord(ctx), cluster];
  await host.run(script(scripts.reset, ...words), { lock: kubeadmLock(ctx) });
}

export function resetNode(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  return [
    ctx.step('Reset kubeadm', {
      host,
      lock: kubeadmLock(ctx),
      check: (machine) => machine.query.succeeds(script(scripts.isReset, ctx.paths.rootfs)),
      run: async (machine) => {
        await kubeadmReset(ctx, machine, 'goes');
        await machine.run(script(scripts.disableKubelet, ctx.paths.rootfs));
      },
    }),
    removeServiceRoute(ctx, host),
    cleanNetwork(ctx, host),
  ];
}
