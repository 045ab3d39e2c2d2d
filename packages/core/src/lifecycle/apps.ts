/** The applications of a cluster image: which are launched, and by what. */

import type { ClusterSpec } from '../cluster/cluster-spec.js';
import * as scripts from '../generated/scripts.js';
import { script } from '../host/command.js';
import type { ClusterImageConfig, ImageApp } from '../image/cluster-config.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { Planned } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';
import { recordLaunched, waitForLaunched } from './launched.js';
import { lifecycleErrors } from './lifecycle-errors.js';

export function appDirectory(ctx: PlanContext, app: ImageApp): string {
  return `${ctx.paths.rootfs}/application/apps/${app.name}`;
}

interface Launch {
  install: readonly StepDraft[];
  ready: readonly StepDraft[];
}

/** @throws APP_UNKNOWN for an application to launch that the image does not have */
export function checkApps(cluster: ClusterSpec, { apps, launch }: Pick<ClusterImageConfig, 'apps' | 'launch'>): void {
  const known = apps.map((app) => app.name);
  for (const app of cluster.commands ? [] : (cluster.launchApps ?? (launch.commands.length ? [] : launch.apps)))
    if (!known.includes(app)) throw lifecycleErrors.APP_UNKNOWN({ app, known });
}

/** In their order. @throws APP_UNKNOWN */
export function installApps(ctx: PlanContext): StepDraft[] {
  return launches(ctx).flatMap(({ install }) => install);
}

/** All are installed before one is waited for: they may need each other. */
export function waitForApps(ctx: PlanContext): StepDraft[] {
  return launches(ctx).flatMap(({ ready }) => ready);
}

function launches(ctx: PlanContext): Launch[] {
  const { apps, launch } = ctx.image.config;
  const commands = ctx.cluster.commands ?? (ctx.cluster.launchApps ? [] : launch.commands);
  if (commands.length) {
    const title = (index: number) => `Run launch command ${index + 1}`;
    const shown = (index: number) => `launch command ${index + 1}`;
    return commands.map((command, index) => ({
      install: [shellStep(ctx, title(index), shown(index), ctx.paths.rootfs, command, ctx.env())],
      ready: [waitForLaunched(ctx, shown(index))],
    }));
  }
  return (ctx.cluster.launchApps ?? launch.apps).map((name) => {
    const app = apps.find((candidate) => candidate.name === name);
    if (!app) throw lifecycleErrors.APP_UNKNOWN({ app: name, known: apps.map((candidate) => candidate.name) });
    if (!app.commands.length && app.type) {
      const type = ctx.appType(app.type);
      return { install: drafts(type.install(ctx, app)), ready: drafts(type.ready?.(ctx, app)) };
    }
    const env = { ...ctx.env(), ...app.env };
    return {
      install: app.commands.map((command, index) =>
        shellStep(ctx, `Install ${name}, command ${index + 1}`, name, appDirectory(ctx, app), command, env),
      ),
      ready: [waitForLaunched(ctx, name)],
    };
  });
}

/** A shell line in a folder on master0, once for each version of the image. @param launched whose work it is */
export function shellStep(
  ctx: PlanContext,
  title: string,
  launched: string,
  directory: string,
  line: string,
  env: Record<string, string>,
): StepDraft {
  return ctx.step(title, {
    host: ctx.master0,
    key: { image: ctx.image.digest, line, env },
    lock: `${ctx.cluster.name}-app`,
    run: async (host, io) => {
      const command = script(scripts.runLine, directory, ctx.paths.rootfs, ctx.runtime.adminKubeconfig(ctx), line);
      await recordLaunched(ctx, host, io, launched, () =>
        host.run(command, {
          env,
          signal: io.signal,
          lock: `${ctx.cluster.name}-app`,
          onLine: (output) => io.log(output),
        }),
      );
    },
  });
}

function drafts(planned: Planned): readonly StepDraft[] {
  if (planned === undefined) return [];
  return Array.isArray(planned) ? planned : [planned as StepDraft];
}
