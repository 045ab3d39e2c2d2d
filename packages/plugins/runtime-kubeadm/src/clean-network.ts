/** Removes what the pod network and kube-proxy made on a host, and nothing of others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Host, type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';
import { hostRecord } from './host-record.js';
import { kubeadmErrors } from './kubeadm-errors.js';
import { parseNetworkState } from './network-state.js';
import { clusterNetworks } from './networks.js';
import { type OwnTraces, ownTraces } from './own-traces.js';

export function cleanNetwork(ctx: PlanContext, host: PlannedHost): StepDraft {
  return ctx.step('Remove the links and rules of the network', {
    host,
    effects: ['remove links, routes, rules and files with addresses of the pod and service network'],
    check: async (machine) => isClean(await look(ctx, machine)),
    run: async (machine, io) => {
      // A program that was just being stopped may write its rules once more: until none comes back.
      for (let attempt = 0; attempt < 6; attempt++) {
        const found = await look(ctx, machine);
        if (isClean(found)) {
          if (found.left.length) ctx.warn(`not this cluster's, so left as they are: ${found.left.join('; ')}`, host);
          return;
        }
        for (const [tool, stdin] of found.rules)
          await machine.run([`${tool}-restore`, '--noflush', '-w', '5'], { stdin, signal: io.signal });
        await machine.run(script(scripts.removeTraces), { stdin: `${found.items.join('\n')}\n`, signal: io.signal });
        await sleep(attempt * 100, undefined, { signal: io.signal });
      }
      const { items, rules } = await look(ctx, machine);
      throw kubeadmErrors.KUBEADM_NETWORK_STAYS({ host: host.name, found: [...items, ...rules.values()] });
    },
  });
}

async function look(ctx: PlanContext, machine: Host): Promise<OwnTraces> {
  const output = await machine.query.output(script(scripts.networkState, hostRecord(ctx)));
  return ownTraces(parseNetworkState(output), clusterNetworks(ctx));
}

const isClean = ({ items, rules }: OwnTraces) => items.length === 0 && rules.size === 0;
