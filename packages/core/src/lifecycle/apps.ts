/** The applications of a cluster image: which are launched, and by what. */

import type { ClusterSpec } from '../cluster/cluster-spec.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { ClusterImageConfig, ImageApp } from '../image/cluster-config.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { Planned } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';
import { lifecycleErrors } from './lifecycle-errors.js';

export function appDirectory(ctx: PlanContext, app: ImageApp): string {
  return `${ctx.paths.rootfs}/application/apps/${app.name}`;
}

/** @throws APP_UNKNOWN for an application to launch that the image does not have */
export function checkApps(cluster: ClusterSpec, { apps, launch }: Pick<ClusterImageConfig, 'apps' | 'launch'>): void {
  const known = apps.map((app) => app.name);
  for (const app of cluster.commands ? [] : (cluster.launchApps ?? (launch.commands.length ? [] : launch.apps)))
    if (!known.includes(app)) throw lifecycleErrors.APP_UNKNOWN({ app, known });
}

/** @throws APP_UNKNOWN */
export function installApps(ctx: PlanContext): StepDraft[] {
  const { apps, launch } = ctx.image.config;
  const commands = ctx.cluster.commands ?? (ctx.cluster.launchApps ? [] : launch.commands);
  if (commands.length)
    return commands.map((command, index) =>
      shellStep(ctx, `Run launch command ${index + 1}`, ctx.paths.rootfs, command, ctx.env()),
    );
  return (ctx.cluster.launchApps ?? launch.apps).flatMap((name) => {
    const app = apps.find((candidate) => candidate.name === name);
    if (!app) throw lifecycleErrors.APP_UNKNOWN({ app: name, known: apps.map((candidate) => candidate.name) });
    if (!app.commands.length && app.type) return drafts(ctx.appType(app.type).install(ctx, app));
    return app.commands.map((command, index) =>
      shellStep(ctx, `Install ${name}, command ${index + 1}`, appDirectory(ctx, app), command, {
        ...ctx.env(),
        ...app.env,
      }),
    );
  });
}

/** A shell line in a folder on master0, once for each version of the image. */
export function shellStep(
  ctx: PlanContext,
  title: string,
  directory: string,
  line: string,
  env: Record<string, string>,
): StepDraft {
  return ctx.step(title, {
    host: ctx.master0,
    key: { image: ctx.image.digest, line, env },
    lock: `${ctx.cluster.name}-app`,
    run: async (host, io) => {
      const kubeconfig = ctx.runtime.adminKubeconfig(ctx);
      await host.run(script(scripts.runLine, directory, ctx.paths.rootfs, kubeconfig, line), {
        env,
        signal: io.signal,
        lock: `${ctx.cluster.name}-app`,
        onLine: (output) => io.log(output),
      });
    },
  });
}

function drafts(planned: Planned): readonly StepDraft[] {
  if (planned === undefined) return [];
  return Array.isArray(planned) ? planned : [planned as StepDraft];
}
