/** The engine's own taps: they connect the phases with what the chosen runtime, container runtime and registry plan. */
import { rm } from 'node:fs/promises';
import { giveBack } from '../distribute/own-items.js';
import { definePlugin } from '../plugin/define-plugin.js';
import type { PlanContext } from '../plugin/extension-points.js';
import { Stage } from '../plugin/phase-hooks.js';
import type { Planned, PlannedHost } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';
import { installApps, waitForApps } from './apps.js';
import { checkHost } from './check-host.js';
import { distributeImage } from './distribute-image.js';
import { hookSteps } from './hooks.js';
import { hostAliases } from './host-aliases.js';
import { keepImageRecord } from './image-record.js';
import { labelNode, waitForNode } from './nodes.js';
import { saveState } from './save-state.js';

const name = 'core-lifecycle';
const hooksName = `${name}-hooks`;

const all = (...planned: Planned[]): StepDraft[] =>
  planned.flatMap((one) => (one === undefined ? [] : Array.isArray(one) ? [...one] : [one as StepDraft]));

const isMaster0 = (ctx: PlanContext, host: PlannedHost) => host.name === ctx.master0.name;

export const lifecyclePlugin = definePlugin({
  name,
  apiVersion: 1,
  apply({ hooks }) {
    hooks.preflight.tap(name, checkHost);
    hooks.distribute.tap(name, (ctx, host) =>
      all(host.isMaster ? keepImageRecord(ctx) : undefined, distributeImage(ctx, host)),
    );
    hooks.preInitHost.tap(name, (ctx, host) => all(ctx.runtime.recordHost?.(ctx, host), hostAliases(ctx, host)));
    hooks.installContainerRuntime.tap(name, (ctx, host) =>
      ctx.runtime.embedsContainerRuntime ? undefined : ctx.containerRuntime.install(ctx, host),
    );
    hooks.installRegistry.tap(name, (ctx) => ctx.registry.install(ctx));
    hooks.fillRegistry.tap(name, (ctx) => ctx.registry.fill(ctx));
    hooks.trustRegistry.tap(name, (ctx, host) =>
      all(
        ctx.registry.trust(ctx, host),
        ctx.runtime.embedsContainerRuntime
          ? undefined
          : ctx.containerRuntime.trustMirrors(ctx, host, ctx.registry.mirrors(ctx)),
      ),
    );
    hooks.prepareNode.tap(name, (ctx, host) =>
      all(
        ctx.runtime.prepareNode(ctx, host),
        ctx.runtime.embedsContainerRuntime
          ? undefined
          : ctx.containerRuntime.pull(ctx, host, ctx.runtime.images(ctx, host)),
      ),
    );
    hooks.initControlPlane.tap(name, (ctx) => ctx.runtime.initControlPlane(ctx));
    hooks.installNetwork.tap(name, (ctx) => ctx.runtime.installNetwork?.(ctx));
    hooks.joinControlPlane.tap(name, (ctx, host) => ctx.runtime.joinControlPlane(ctx, host));
    hooks.joinWorker.tap(name, (ctx, host) => ctx.runtime.joinWorker(ctx, host));
    hooks.installAddons.tap(name, (ctx) => ctx.runtime.installAddons?.(ctx));
    hooks.waitReady.tap(name, (ctx) => ctx.runtime.nodes(ctx).map((host) => waitForNode(ctx, host)));
    hooks.labelNodes.tap(name, (ctx) => ctx.runtime.nodes(ctx).flatMap((host) => labelNode(ctx, host)));
    hooks.installApps.tap(name, installApps);
    hooks.waitApps.tap(name, waitForApps);
    hooks.saveState.tap(name, saveState);

    hooks.resetNode.tap(name, (ctx, host) => ctx.runtime.resetNode(ctx, host));
    hooks.removeRegistry.tap(name, (ctx, host) => (isMaster0(ctx, host) ? ctx.registry.remove(ctx, host) : undefined));
    hooks.removeContainerRuntime.tap(name, (ctx, host) =>
      ctx.runtime.embedsContainerRuntime ? undefined : ctx.containerRuntime.remove(ctx, host),
    );
    hooks.removeFiles.tap(name, (ctx, host) =>
      ctx.step('Give the host back', {
        host,
        effects: ['remove every file, link and folder sealer placed, put back what was there before'],
        check: async (machine) => !(await machine.query.succeeds(['test', '-e', ctx.paths.base])),
        run: async (machine, io) => {
          for (const kept of await giveBack(machine, ctx.cluster.name, ctx.paths)) io.log(kept);
        },
      }),
    );
    hooks.forgetCluster.tap(name, (ctx) =>
      ctx.step('Forget the cluster', {
        effects: ['remove the record of the cluster on this machine'],
        check: async () => false,
        run: async (_host, io) => {
          for (const file of ['kubeconfig', 'Clusterfile', 'state.json', 'image-config.json'])
            await rm(`${io.stateDirectory}/${file}`, { force: true });
        },
      }),
    );

    // Documents of kind Plugin come after the engine's own preparations and before its removals.
    hooks.preInstall.tap(hooksName, (ctx) => hookSteps(ctx, 'pre-install'), { stage: Stage.late });
    hooks.preInitHost.tap(hooksName, (ctx, host) => hookSteps(ctx, 'pre-init-host', host), { stage: Stage.late });
    hooks.postInitHost.tap(hooksName, (ctx, host) => hookSteps(ctx, 'post-init-host', host), { stage: Stage.late });
    hooks.postInstall.tap(hooksName, (ctx) => hookSteps(ctx, 'post-install'), { stage: Stage.late });
    hooks.preUninstall.tap(hooksName, (ctx) => hookSteps(ctx, 'pre-uninstall'), { stage: Stage.late });
    hooks.preCleanHost.tap(hooksName, (ctx, host) => hookSteps(ctx, 'pre-clean-host', host), { stage: Stage.late });
    hooks.postCleanHost.tap(hooksName, (ctx, host) => hookSteps(ctx, 'post-clean-host', host), { stage: Stage.late });
    hooks.postUninstall.tap(hooksName, (ctx) => hookSteps(ctx, 'post-uninstall'), { stage: Stage.late });
  },
});
