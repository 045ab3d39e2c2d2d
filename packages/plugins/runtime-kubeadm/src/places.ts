import type { PlanContext } from '@sealer/core';

/** The name under which nodes reach the API server. */
export const endpoint = 'apiserver.cluster.local';
export const apiPort = 6443;
export const defaultPodCidr = '10.244.0.0/16';
export const defaultServiceCidr = '10.96.0.0/12';

export const paths = {
  adminConf: '/etc/kubernetes/admin.conf',
  kubeletConf: '/etc/kubernetes/kubelet.conf',
  ca: '/etc/kubernetes/pki/ca.crt',
} as const;

/** Commands under this lock are waited for by the next run, also when sealer was killed. */
export function kubeadmLock(ctx: PlanContext): string {
  return `${ctx.cluster.name}-kubeadm`;
}

export function kubeadm(ctx: PlanContext): string {
  return `${ctx.paths.rootfs}/bin/kubeadm`;
}

export function kubectl(ctx: PlanContext): readonly string[] {
  return [
    `${ctx.paths.rootfs}/bin/kubectl`,
    '--kubeconfig',
    paths.adminConf,
    '--cache-dir',
    `${ctx.paths.base}/kubectl-cache`,
  ];
}

export function configFile(ctx: PlanContext): string {
  return `${ctx.paths.base}/kubeadm.yaml`;
}
