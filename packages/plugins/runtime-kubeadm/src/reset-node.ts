import { type Host, type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';
import { kubeadm, kubeadmLock } from './places.js';

/**
 * Takes back what `kubeadm init` or `join` did, half-done or whole.
 * @param cluster `stays`: the host leaves etcd's members; `goes`: nobody is left to be told, and asking takes minutes
 */
export async function kubeadmReset(ctx: PlanContext, host: Host, cluster: 'stays' | 'goes' = 'stays'): Promise<void> {
  const skipped = cluster === 'goes' ? 'remove-etcd-member' : '';
  await host.run(script(scripts.reset, kubeadm(ctx), ctx.containerRuntime.socket, skipped), { lock: kubeadmLock(ctx) });
}

export function resetNode(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  return [
    ctx.step('Reset kubeadm', {
      host,
      lock: kubeadmLock(ctx),
      check: (machine) => machine.query.succeeds(script(scripts.isReset)),
      run: async (machine) => {
        await kubeadmReset(ctx, machine, 'goes');
        await machine.run(script(scripts.disableKubelet));
      },
    }),
    ctx.step('Remove the links and rules of the network', {
      host,
      check: (machine) => machine.query.succeeds(script(scripts.isNetworkClean)),
      run: async (machine) => {
        await machine.run(script(scripts.cleanNetwork));
      },
    }),
  ];
}
