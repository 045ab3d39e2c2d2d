import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { containerdConfig } from './config.js';
import { configPath, socket } from './socket.js';

const programs = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc', 'crictl'];
/** What this uses of the rootfs. */
export const containerdFiles: readonly string[] = [
  ...programs.map((program) => `bin/${program}`),
  'etc/systemd/containerd.service',
];

export function installContainerd(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  const { rootfs } = ctx.paths;
  if (!host.facts.capSysResource)
    ctx.warn('the host lacks CAP_SYS_RESOURCE: containers run without a lowered oom_score_adj', host);
  return [
    ctx.step('Load the kernel modules', {
      host,
      check: (machine) => machine.query.succeeds(['test', '-e', '/proc/sys/net/bridge/bridge-nf-call-iptables']),
      run: async (machine) => void (await machine.run(['modprobe', '-a', 'overlay', 'br_netfilter'])),
    }),
    ctx.own('Place the files of containerd', host, {
      trees: ['/var/lib/containerd', '/run/containerd', '/run/nri', '/opt/containerd', '/etc/cni', '/var/lib/cni'],
      files: [
        { path: configPath, content: containerdConfig(ctx, host) },
        { path: '/etc/crictl.yaml', content: `runtime-endpoint: ${socket}\nimage-endpoint: ${socket}\n` },
        { path: '/etc/modules-load.d/sealer-containerd.conf', content: 'overlay\nbr_netfilter\n' },
      ],
      links: {
        ...Object.fromEntries(programs.map((program) => [`/usr/local/bin/${program}`, `${rootfs}/bin/${program}`])),
        '/etc/systemd/system/containerd.service': `${rootfs}/etc/systemd/containerd.service`,
      },
      sysctls: { 'net.ipv4.ip_forward': '1', 'net.bridge.bridge-nf-call-iptables': '1' },
    }),
    ctx.step('Start containerd', {
      host,
      // Runs, was started after its configuration was written, and answers.
      check: (machine) =>
        machine.query.succeeds(
          script(
            'pid=$(systemctl show -p MainPID --value containerd); [ "$pid" -gt 0 ] && systemctl is-enabled -q containerd && ! [ "$1" -nt "/proc/$pid" ] && "$2/bin/crictl" -r "$3" version > /dev/null',
            configPath,
            rootfs,
            socket,
          ),
        ),
      run: async (machine) => {
        await machine.run(
          script(
            'systemctl daemon-reload; systemctl enable -q containerd; systemctl restart containerd; for i in $(seq 100); do "$1/bin/crictl" -r "$2" version > /dev/null 2>&1 && exit 0; sleep 0.1; done; journalctl -u containerd -n 20 --no-pager >&2; exit 1',
            rootfs,
            socket,
          ),
        );
      },
    }),
  ];
}
