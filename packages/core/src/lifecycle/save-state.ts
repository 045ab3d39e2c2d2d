/** What is kept of a finished installation: the kubeconfig here, the Clusterfile in the cluster. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serializeCluster } from '../cluster/serialize-cluster.js';
import type { Host } from '../host/host.js';
import type { PlanContext } from '../plugin/extension-points.js';
import { writeOutput } from '../store/output-file.js';
import type { StepDraft } from '../workflow/step.js';
import { callApi } from './call-api.js';

export function saveState(ctx: PlanContext): StepDraft[] {
  const kubectl = ctx.runtime.kubectl(ctx);
  const clusterfile = serializeCluster(ctx.cluster);
  return [
    ctx.step('Fetch the kubeconfig', {
      host: ctx.master0,
      effects: ['write the kubeconfig on this machine'],
      check: async (host, io) =>
        (await readFile(kubeconfigPath(io.stateDirectory), 'utf8').catch(() => '')) ===
        (await operatorKubeconfig(ctx, host)),
      run: async (host, io) => {
        await writeOutput(kubeconfigPath(io.stateDirectory), await operatorKubeconfig(ctx, host), { mode: 0o600 });
      },
    }),
    ctx.step('Save the Clusterfile in the cluster', {
      host: ctx.master0,
      check: async (host) => {
        const read = [
          ...kubectl,
          '-n',
          'kube-system',
          'get',
          'configmap',
          'sealer-clusterfile',
          '-o',
          'jsonpath={.data.Clusterfile}',
        ];
        const result = await host.query.run(read);
        return result.status === 0 && result.stdout === clusterfile;
      },
      run: async (host, io) => {
        const manifest = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'sealer-clusterfile', namespace: 'kube-system' },
          data: { Clusterfile: clusterfile, imageDigest: ctx.image.digest },
        };
        await callApi(host, [...kubectl, 'apply', '--server-side', '--force-conflicts', '-f', '-'], io, {
          stdin: JSON.stringify(manifest),
        });
      },
    }),
  ];
}

export function kubeconfigPath(stateDirectory: string): string {
  return join(stateDirectory, 'kubeconfig');
}

/** The administrator's kubeconfig, with an address this machine can reach: master0's, which is in the certificate. */
async function operatorKubeconfig(ctx: PlanContext, master0: Host): Promise<string> {
  const text = (await master0.query.readFile(ctx.runtime.adminKubeconfig(ctx))) ?? '';
  const address = ctx.master0.address.includes(':') ? `[${ctx.master0.address}]` : ctx.master0.address;
  return text.replace(/(server: https:\/\/)(\[[^\]]*\]|[^:/\s]+)/g, `$1${address}`);
}
