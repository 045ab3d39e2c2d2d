/** The application types every cluster image may use: kube (manifests), helm (a chart), shell (scripts). */
import {
  type AppType,
  appDirectory,
  callApi,
  definePlugin,
  type ImageApp,
  type PlanContext,
  script,
} from '@sealer/core';
import * as scripts from './generated/scripts.js';

/** Manifests: in place when the API server would change nothing. */
const kube: AppType = {
  install(ctx, app) {
    const kubectl = ctx.runtime.kubectl(ctx);
    const files = app.files.flatMap((file) => ['-f', `${appDirectory(ctx, app)}/${file}`]);
    return ctx.step(`Install ${app.name}`, {
      host: ctx.master0,
      lock: `${ctx.cluster.name}-app`,
      check: (host) => host.query.succeeds([...kubectl, 'diff', ...files]),
      run: async (host, io) => {
        const options = { lock: `${ctx.cluster.name}-app`, onLine: (line: string) => io.log(line) };
        await callApi(host, [...kubectl, 'apply', ...files], io, options);
      },
    });
  },
};

const helm: AppType = {
  install: (ctx, app) => {
    const chart = app.files[0] === '.' ? '.' : (app.files[0] ?? '.');
    // $2 is the rootfs. The build has rendered the chart with the same values to find its images.
    const values = (app.values ?? []).map((file) => ` --values "$2/${file}"`).join('');
    return perVersion(ctx, app, `helm upgrade --install "$APP" "${chart}"${values}`);
  },
};

const shell: AppType = {
  install: (ctx, app) => perVersion(ctx, app, app.files.map((file) => `bash "${file}"`).join(' && ')),
};

/** Work that says nothing of its own state is done once for a version of the image. */
function perVersion(ctx: PlanContext, app: ImageApp, line: string) {
  const env = { ...ctx.env(), ...app.env };
  return ctx.step(`Install ${app.name}`, {
    host: ctx.master0,
    lock: `${ctx.cluster.name}-app`,
    key: { image: ctx.image.digest, line, env },
    run: async (host, io) => {
      const command = script(
        scripts.runLine,
        appDirectory(ctx, app),
        ctx.paths.rootfs,
        ctx.runtime.adminKubeconfig(ctx),
        app.name,
        line,
      );
      await host.run(command, {
        env,
        signal: io.signal,
        lock: `${ctx.cluster.name}-app`,
        onLine: (output) => io.log(output),
      });
    },
  });
}

export default definePlugin({
  name: 'app-standard',
  apiVersion: 1,
  apply(sealer) {
    sealer.appTypes.provide('kube', kube);
    sealer.appTypes.provide('helm', helm);
    sealer.appTypes.provide('shell', shell);
  },
});
