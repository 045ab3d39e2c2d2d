/** containerd's configuration (version 3, containerd 2.x), derived from what the host is and the image carries. */
import type { PlanContext, PlannedHost } from '@sealer/core';
import { certsFolder } from './socket.js';

export function containerdConfig(ctx: PlanContext, host: PlannedHost): string {
  const pause = ctx.image.config.bundle.find((image) => /(^|\/)pause[:@]/.test(image.name))?.name;
  // Without CAP_SYS_RESOURCE no process may lower its oom_score_adj, and every sandbox would fail to start.
  const restrictOom = !host.facts.capSysResource;
  return `version = 3

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = ${restrictOom}
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["${ctx.paths.rootfs}/cni/bin", "/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "${ctx.paths.rootfs}/bin/runc"
      SystemdCgroup = true

[plugins."io.containerd.cri.v1.images"]
${pause ? `  [plugins."io.containerd.cri.v1.images".pinned_images]\n    sandbox = "${pause}"\n` : ''}  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "${certsFolder}"
`;
}
