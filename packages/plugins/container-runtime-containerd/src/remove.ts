import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';

/** Ends what containerd started, then containerd: its service leaves running containers alone when it stops. */
export function removeContainerd(ctx: PlanContext, host: PlannedHost): StepDraft {
  const { rootfs } = ctx.paths;
  const text = `
systemctl disable -q --now containerd 2>/dev/null || true
for pid in $(pgrep -f "^$1/bin/containerd-shim|containerd-shim-runc-v2 -namespace" || true); do
  for child in $(cat /proc/$pid/task/*/children 2>/dev/null); do kill -KILL $child 2>/dev/null || true; done
  kill -KILL $pid 2>/dev/null || true
done
awk '$5 ~ "^/run/containerd/|^/var/lib/containerd/|^/run/netns/cni-" {print $5}' /proc/self/mountinfo | sort -r | while IFS= read -r m; do umount -l "$m" 2>/dev/null || true; done
rm -f /run/netns/cni-* ; rmdir /run/netns 2>/dev/null || true
systemctl reset-failed containerd 2>/dev/null || true`;
  return ctx.step('Stop containerd', {
    host,
    check: (machine) =>
      machine.query.succeeds(
        script(
          '! systemctl is-active -q containerd && ! systemctl is-enabled -q containerd 2>/dev/null && ! pgrep -f containerd-shim-runc-v2 > /dev/null',
        ),
      ),
    run: async (machine) => void (await machine.run(script(text, rootfs))),
  });
}
