import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { containerdConfig } from './config.js';
import * as scripts from './generated/scripts.js';
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
      trees: ['/var/lib/containerd', '/run/containerd', '/run/nri', '/opt/containerd'],
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
      check: (machine) => machine.query.succeeds(script(scripts.isRunning, configPath, rootfs, socket)),
      run: async (machine) => {
        await machine.run(script(scripts.start, rootfs, socket));
      },
    }),
  ];
}
