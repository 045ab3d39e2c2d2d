/** The application types every cluster image may use: kube (manifests), helm (a chart), shell (scripts). */
import {
  type AppType,
  appDirectory,
  callApi,
  definePlugin,
  type ImageApp,
  type PlanContext,
  recordLaunched,
  script,
  waitForLaunched,
  waitForWorkloads,
  workloadsIn,
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
  ready: (ctx, app) =>
    waitForWorkloads(ctx, app.name, async (host) => {
      const files = app.files.flatMap((file) => ['-f', `${appDirectory(ctx, app)}/${file}`]);
      const get = [...ctx.runtime.kubectl(ctx), 'get', ...files, '--ignore-not-found', '-o', 'json'];
      const result = await host.query.run(get);
      return result.status === 0 ? workloadsIn(result.stdout) : undefined;
    }),
};

const helm: AppType = {
  install: (ctx, app) => {
    const chart = app.files[0] === '.' ? '.' : (app.files[0] ?? '.');
    // $2 is the rootfs. The build has rendered the chart with the same values, and for the same namespace, to find its images.
    const values = (app.values ?? []).map((file) => ` --values "$2/${file}"`).join('');
    const namespace = app.namespace ? ` --namespace "${app.namespace}" --create-namespace` : '';
    return perVersion(ctx, app, `helm upgrade --install "$APP" "${chart}"${values}${namespace}`);
  },
  ready: (ctx, app) =>
    waitForWorkloads(ctx, app.name, async (host) => {
      const kubectl = ctx.runtime.kubectl(ctx);
      const words = [ctx.paths.rootfs, ctx.runtime.adminKubeconfig(ctx), app.name, ...kubectl];
      const result = await host.query.run(script(scripts.readRelease, ...words));
      return result.status === 0 ? workloadsIn(result.stdout) : undefined;
    }),
};

const shell: AppType = {
  install: (ctx, app) => perVersion(ctx, app, app.files.map((file) => `bash "${file}"`).join(' && ')),
  ready: (ctx, app) => waitForLaunched(ctx, app.name),
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
      const options = { env, signal: io.signal, onLine: (output: string) => io.log(output) };
      await recordLaunched(ctx, host, io, app.name, () =>
        host.run(command, { ...options, lock: `${ctx.cluster.name}-app` }),
      );
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
