/** Plugin documents of type SHELL: a script, run in the rootfs at the phases it names. */
import { definePlugin, type HookType, type PlanContext, type PlannedHost, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';

const shell: HookType = {
  plan: (ctx: PlanContext, hook, phase, host?: PlannedHost) => {
    const where = host ?? ctx.master0;
    const env = ctx.env(where);
    return ctx.step(`Hook ${hook.name} at ${phase}`, {
      host: where,
      key: { data: hook.data, env, image: ctx.image.digest },
      lock: `${ctx.cluster.name}-hook`,
      run: async (machine, io) => {
        const kind = /clean|uninstall/.test(phase) ? 'clean' : 'install';
        await machine.run(script(scripts.runHook, ctx.paths.rootfs, kind, hook.data), {
          env,
          signal: io.signal,
          lock: `${ctx.cluster.name}-hook`,
          onLine: (line) => io.log(line),
        });
      },
    });
  },
};

export default definePlugin({
  name: 'hook-shell',
  apiVersion: 1,
  apply(sealer) {
    sealer.hookTypes.provide('SHELL', shell);
  },
});
