import { type Host, type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { kubeadm, kubeadmLock } from './places.js';

/**
 * Takes back what `kubeadm init` or `join` did, half-done or whole.
 * @param cluster `stays`: the host leaves etcd's members; `goes`: nobody is left to be told, and asking takes minutes
 */
export async function kubeadmReset(ctx: PlanContext, host: Host, cluster: 'stays' | 'goes' = 'stays'): Promise<void> {
  const text = `
"$1" reset --force --cri-socket "$2" --cleanup-tmp-dir \${3:+"--skip-phases=$3"} >&2 || true
systemctl stop kubelet 2>/dev/null || true
systemctl stop kubepods.slice 2>/dev/null || true
find /etc/kubernetes /var/lib/kubelet /var/lib/etcd /etc/cni/net.d /var/lib/cni -mindepth 1 -depth -xdev -delete 2>/dev/null || true`;
  const skipped = cluster === 'goes' ? 'remove-etcd-member' : '';
  await host.run(script(text, kubeadm(ctx), ctx.containerRuntime.socket, skipped), { lock: kubeadmLock(ctx) });
}

/** kubeadm reset leaves links, rules and tables of the network behind (measured: 40 to 90 rules). */
const cleanNetwork = `
for link in cni0 flannel.1; do ip link del "$link" 2>/dev/null || true; done
ip -o link show type veth | awk -F': ' '/veth[0-9a-f]+@/{sub(/@.*/,"",$2); print $2}' | while IFS= read -r l; do ip link del "$l" 2>/dev/null || true; done
for tool in iptables ip6tables; do
  command -v $tool-save > /dev/null || continue
  $tool-save 2>/dev/null | grep -E 'KUBE-|CNI-|FLANNEL-' > /dev/null || continue
  $tool-save 2>/dev/null | grep -vE 'KUBE-|CNI-|FLANNEL-|flanneld|kubernetes ' | $tool-restore || true
done
if command -v nft > /dev/null; then
  for table in filter nat mangle raw; do for family in ip ip6; do
    rules=$(nft list table $family $table 2>/dev/null) || continue
    grep -qE '^\\s+(counter|jump|ip |ip6 |meta |xt |#|oifname|iifname|ct |tcp |udp |mark)|comment' <<< "$rules" || nft delete table $family $table 2>/dev/null || true
  done; done
fi
for f in $(ls /run/netns 2>/dev/null | grep '^cni-' || true); do ip netns del "$f" 2>/dev/null || true; done`;

const isClean =
  '! ip link show cni0 > /dev/null 2>&1 && ! ip link show flannel.1 > /dev/null 2>&1 && [ -z "$({ iptables-save; ip6tables-save; } 2>/dev/null | grep -E "KUBE-|CNI-|FLANNEL-" || true)" ]';

export function resetNode(ctx: PlanContext, host: PlannedHost): StepDraft[] {
  return [
    ctx.step('Reset kubeadm', {
      host,
      lock: kubeadmLock(ctx),
      check: (machine) =>
        machine.query.succeeds(
          script(
            '[ ! -e /etc/kubernetes/kubelet.conf ] && [ ! -e /etc/kubernetes/admin.conf ] && [ ! -d /var/lib/etcd/member ] && ! systemctl is-active -q kubelet',
          ),
        ),
      run: async (machine) => {
        await kubeadmReset(ctx, machine, 'goes');
        await machine.run(
          script(
            'systemctl disable -q --now kubelet 2>/dev/null || true; systemctl reset-failed kubelet 2>/dev/null || true',
          ),
        );
      },
    }),
    ctx.step('Remove the links and rules of the network', {
      host,
      check: (machine) => machine.query.succeeds(script(isClean)),
      run: async (machine) => {
        // A program that was just being stopped may write its rules once more: until none comes back.
        const text = `systemctl stop kubelet 2> /dev/null || true
clean() {
${cleanNetwork}
}
for round in 1 2 3 4 5; do
  clean
  sleep 0.3
  ${isClean} && exit 0
done
echo "links or rules of Kubernetes come back; something still runs that makes them" >&2; exit 1`;
        await machine.run(script(text));
      },
    }),
  ];
}
