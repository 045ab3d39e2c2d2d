/** What a host had before: links, rules, files of pod networks and folders of Kubernetes. None of it is ever taken away. */
import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';

export const hostRecord = (ctx: PlanContext) => `${ctx.paths.base}/host-before`;
/** Folders that Kubernetes fills; they may have been there. */
const folders = ['/etc/kubernetes', '/var/lib/kubelet', '/var/lib/etcd'];

export function recordHost(ctx: PlanContext, host: PlannedHost): StepDraft {
  return ctx.step('Record the network of the host', {
    host,
    effects: [`write ${hostRecord(ctx)}: links, rules and files of others, which are left alone`],
    check: (machine) => machine.query.succeeds(['test', '-e', hostRecord(ctx)]),
    run: async (machine) => void (await machine.run(script(scripts.recordHost, hostRecord(ctx), ...folders))),
  });
}
