import { createHash, X509Certificate } from 'node:crypto';
import {
  callApi,
  type Host,
  type PlanContext,
  type PlannedHost,
  Secret,
  type StepDraft,
  type StepIO,
  script,
} from '@sealer/core';
import { stringify } from 'yaml';
import { isAnswered } from './asking.js';
import * as scripts from './generated/scripts.js';
import { withNodeAddress } from './node-address.js';
import { apiPort, kubeadm, kubeadmLock, paths } from './places.js';
import { kubeadmReset } from './reset-node.js';

/** Made when, and only when, a host really joins: a token is a secret with a short life. */
function credentials(ctx: PlanContext, controlPlane: boolean): StepDraft {
  const name = controlPlane ? 'control-plane-credentials' : 'join-credentials';
  return ctx.output(
    name,
    controlPlane ? 'Make credentials to join the control plane' : 'Make credentials to join workers',
    {
      host: ctx.master0,
      run: async (host, io) => {
        const environment = { env: { KUBECONFIG: paths.adminConf } };
        // Made twice, a token that nobody uses runs out by itself.
        const token = await callApi(host, [kubeadm(ctx), 'token', 'create', '--ttl', '2h'], io, environment);
        const ca = new X509Certificate((await host.query.readFile(paths.ca)) ?? '');
        const caHash = createHash('sha256')
          .update(ca.publicKey.export({ type: 'spki', format: 'der' }))
          .digest('hex');
        const common = { token: new Secret(token.stdout.trim()), caHash: `sha256:${caHash}` };
        if (!controlPlane) return common;
        const upload = await callApi(
          host,
          [
            kubeadm(ctx),
            'init',
            'phase',
            'upload-certs',
            '--upload-certs',
            '--config',
            `${ctx.paths.base}/kubeadm.yaml`,
          ],
          io,
          environment,
        );
        return { ...common, certificateKey: new Secret(/[a-f0-9]{64}/.exec(upload.stdout)?.[0] ?? '') };
      },
    },
  );
}

export function joinWorker(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  const join = joinStep(ctx, host, false);
  return host.name === ctx.workers[0]?.name ? [credentials(ctx, false), join] : [join];
}

export function joinControlPlane(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  const join = joinStep(ctx, host, true);
  return host.name === ctx.masters[1]?.name ? [credentials(ctx, true), join] : [join];
}

function joinStep(ctx: PlanContext, host: PlannedHost, controlPlane: boolean): StepDraft {
  const output = controlPlane ? 'control-plane-credentials' : 'join-credentials';
  const file = `${ctx.paths.base}/join.yaml`;
  return ctx.step(controlPlane ? 'Join the control plane' : 'Join the cluster', {
    host,
    lock: kubeadmLock(ctx),
    needs: [output],
    effects: [`kubeadm join ${ctx.master0.address}:${apiPort} (token known when applied)`],
    check: (machine, io) => hasJoined(ctx, host, machine, io, controlPlane),
    run: async (machine, io) => {
      await machine.write(file, new Secret(joinConfig(ctx, host, controlPlane, io.output(output))), { mode: 0o600 });
      try {
        const options = { lock: kubeadmLock(ctx), signal: io.signal, onLine: (line: string) => io.log(line) };
        await machine.run([kubeadm(ctx), 'join', '--config', file], options);
      } finally {
        await machine.run(['rm', '-f', file]);
      }
    },
    undo: (machine) => kubeadmReset(ctx, machine),
  });
}

function joinConfig(
  ctx: PlanContext,
  host: PlannedHost,
  controlPlane: boolean,
  values: ReturnType<StepIO['output']>,
): string {
  const reveal = (value: string | Secret | undefined) => (value instanceof Secret ? value.reveal() : (value ?? ''));
  return stringify({
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'JoinConfiguration',
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: `${ctx.master0.address}:${apiPort}`,
        token: reveal(values.token),
        caCertHashes: [reveal(values.caHash)],
      },
    },
    nodeRegistration: {
      name: host.nodeName,
      criSocket: ctx.containerRuntime.socket,
      kubeletExtraArgs: withNodeAddress(undefined, host),
    },
    ...(controlPlane
      ? {
          controlPlane: {
            localAPIEndpoint: { advertiseAddress: host.address, bindPort: apiPort },
            certificateKey: reveal(values.certificateKey),
          },
        }
      : {}),
  });
}

function hasJoined(
  ctx: PlanContext,
  host: PlannedHost,
  machine: Host,
  io: StepIO,
  controlPlane: boolean,
): Promise<boolean> {
  const command = script(
    scripts.hasJoined,
    ctx.paths.rootfs,
    paths.kubeletConf,
    host.nodeName,
    controlPlane ? 'master' : 'worker',
  );
  return isAnswered(machine, command, io);
}
