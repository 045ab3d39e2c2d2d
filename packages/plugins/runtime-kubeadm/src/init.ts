import { type Host, type PlanContext, type StepDraft, type StepIO, script } from '@sealer/core';
import { isAnswered } from './asking.js';
import { kubeadmConfig, warnOfLimits } from './config.js';
import * as scripts from './generated/scripts.js';
import { kubeadmErrors } from './kubeadm-errors.js';
import { checkNetworks } from './networks.js';
import { configFile, kubeadm, kubeadmLock, kubectl } from './places.js';
import { kubeadmReset } from './reset-node.js';

/** kubeadm.k8s.io/v1beta4 came with 1.31. */
const oldestMinor = 31;

export function initControlPlane(ctx: PlanContext): StepDraft[] {
  checkVersion(ctx);
  checkNetworks(ctx);
  warnOfLimits(ctx);
  const config = kubeadmConfig(ctx);
  return [
    ctx.step('Write the kubeadm configuration', {
      check: async (host) => (await host.query.readFile(configFile(ctx))) === config,
      run: (host) => host.write(configFile(ctx), config, { mode: 0o600 }),
    }),
    ctx.step('Initialise the control plane', {
      lock: kubeadmLock(ctx),
      check: (host, io) => isInitialised(ctx, host, io),
      run: async (host, io) => {
        // CoreDNS comes after the pod network and kube-proxy: pods that dial the API too early wait 30 s.
        const argv = [
          kubeadm(ctx),
          'init',
          '--config',
          configFile(ctx),
          '--skip-phases',
          'addon/coredns',
          '--skip-token-print',
        ];
        await host.run(argv, { lock: kubeadmLock(ctx), signal: io.signal, onLine: (line) => io.log(line) });
      },
      undo: (host) => kubeadmReset(ctx, host),
    }),
  ];
}

/** @throws KUBEADM_VERSION_UNSUPPORTED */
function checkVersion({ image }: PlanContext): void {
  const version = image.config.runtime?.version;
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version ?? '') ?? [];
  if (version !== undefined && Number(major) === 1 && Number(minor) < oldestMinor)
    throw kubeadmErrors.KUBEADM_VERSION_UNSUPPORTED({ image: image.name, version });
}

/** Not "a file exists": the API answers, and what `kubeadm init` does last is there. */
function isInitialised(ctx: PlanContext, host: Host, io: StepIO): Promise<boolean> {
  return isAnswered(host, script(scripts.isInitialised, ...kubectl(ctx)), io);
}
