import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { serviceRoute } from './service-route.js';

const programs = ['kubeadm', 'kubelet', 'kubectl'];
/** What this uses of the rootfs. */
export const nodeFiles: readonly string[] = [
  ...programs.map((program) => `bin/${program}`),
  'etc/systemd/kubelet.service',
  'etc/systemd/10-kubeadm.conf',
];
/** What kubelet, kubeadm and the pod network make on a host. */
const trees = [
  '/etc/kubernetes',
  '/var/lib/kubelet',
  '/var/lib/etcd',
  '/var/log/pods',
  '/var/log/containers',
  '/run/flannel',
  '/run/xtables.lock',
  '/usr/libexec/kubernetes',
];

export function prepareNode(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  const { rootfs } = ctx.paths;
  return [
    ctx.own('Place the files of the kubelet', host, {
      trees,
      links: {
        ...Object.fromEntries(programs.map((program) => [`/usr/local/bin/${program}`, `${rootfs}/bin/${program}`])),
        '/etc/systemd/system/kubelet.service': `${rootfs}/etc/systemd/kubelet.service`,
        '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf': `${rootfs}/etc/systemd/10-kubeadm.conf`,
      },
      // The kubelet and kube-proxy would set these anyway; set by us, they are put back in the end.
      sysctls: {
        'vm.overcommit_memory': '1',
        'kernel.panic': '10',
        'kernel.panic_on_oops': '1',
        'net.ipv4.conf.all.route_localnet': '1',
      },
    }),
    ...serviceRoute(ctx, host),
    ctx.step('Enable the kubelet', {
      host,
      check: (machine) => machine.query.succeeds(['systemctl', 'is-enabled', '-q', 'kubelet']),
      run: async (machine) => void (await machine.run(script('systemctl daemon-reload; systemctl enable -q kubelet'))),
    }),
  ];
}
