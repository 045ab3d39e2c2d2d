/** "Ready" means that what was launched runs: the workloads of an application are waited for, for a bounded time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../host/host.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { StepDraft, StepIO } from '../workflow/step.js';
import { lifecycleErrors } from './lifecycle-errors.js';
import { whyNotRunning } from './why-not-running.js';
import { nameOf, stateOf, type Workload, workloadKinds } from './workload.js';

const timeoutMs = 300_000;

/** What an application has made, as the API tells of it now; undefined when it cannot be asked. */
export type ReadWorkloads = (host: Host) => Promise<Workload[] | undefined>;

/** @param app its name, for messages */
export function waitForWorkloads(ctx: PlanContext, app: string, read: ReadWorkloads): StepDraft {
  return ctx.step(`Wait until ${app} runs`, {
    host: ctx.master0,
    effects: [`wait until the workloads of ${app} run (at most ${timeoutMs / 1000} s)`],
    check: async (host) => {
      const found = await read(host);
      return found?.every((workload) => stateOf(workload).runs) ?? false;
    },
    run: async (host, io) => await wait(ctx, host, io, app, read),
  });
}

/** @throws APP_NOT_RUNNING */
async function wait(ctx: PlanContext, host: Host, io: StepIO, app: string, read: ReadWorkloads): Promise<void> {
  const started = Date.now();
  let told = '';
  for (;;) {
    const found = await read(host);
    const missing = (found ?? []).flatMap((workload) => {
      const state = stateOf(workload);
      return state.runs ? [] : [{ workload, ...state }];
    });
    if (found && missing.length === 0) return;
    const late = Date.now() - started > timeoutMs;
    if (late || missing.some(({ final }) => final)) {
      const worst = [...missing].sort((a, b) => Number(b.final ?? false) - Number(a.final ?? false)).slice(0, 3);
      const kubectl = ctx.runtime.kubectl(ctx);
      const seen = await Promise.all(worst.map(({ workload, why }) => whyNotRunning(host, kubectl, workload, why)));
      if (missing.length > worst.length) seen.push(`and ${missing.length - worst.length} more`);
      if (!found) seen.push('the API does not tell of it');
      throw lifecycleErrors.APP_NOT_RUNNING({ app, seconds: Math.round((Date.now() - started) / 1000), seen });
    }
    const telling = missing.map(({ workload, why }) => `${nameOf(workload)}: ${why}`).join('; ');
    if (telling && telling !== told) io.log(telling);
    told = telling;
    await sleep(300, undefined, { signal: io.signal });
  }
}

/** Those of a `kubectl get -o json` that are waited for. */
export function workloadsIn(json: string): Workload[] {
  if (!json.trim()) return [];
  const object = JSON.parse(json) as Workload & { items?: Workload[] };
  return (object.items ?? [object]).filter(({ kind }) => workloadKinds.includes(kind));
}
