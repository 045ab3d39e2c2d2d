# shellcheck shell=bash
# Fills a host with what looks like a cluster's and is not. $1: `before` an installation, or `late`, while the cluster is up.
set -eu
podman='{"cniVersion":"0.4.0","name":"podman","plugins":[{"type":"bridge","bridge":"cni-podman0","ipam":{"type":"host-local","ranges":[[{"subnet":"10.88.0.0/16"}]]}}]}'
file() { mkdir -p "$(dirname "$1")"; printf '%s\n' "$2" > "$1"; }
if [ "$1" = late ]; then
  # As podman would write it when it is installed beside the cluster, and a second container of it.
  file /etc/cni/net.d/87-podman-bridge.conflist "$podman"
  file /var/lib/cni/networks/podman/10.88.0.6 another-id
  file /var/lib/cni/results/podman-another-id-eth0 '{"kind":"cniCacheV1","containerId":"another-id","networkName":"podman"}'
  file /opt/cni/bin/late-plugin late
  iptables -t nat -N CNI-DN-feedfeedfeed12
  iptables -t nat -A CNI-DN-feedfeedfeed12 -p tcp --dport 8098 -j DNAT --to-destination 10.88.0.6:80
  iptables -t nat -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment 'dnat name: "podman" id: "another-id"' -j CNI-DN-feedfeedfeed12
  iptables -A FORWARD -p tcp --dport 8097 -m comment --comment 'kubernetes ingress of the office' -j ACCEPT
  ip link add veth0a0b0c0d type veth peer name veth0d0c0b0a
  ip netns add cni-22222222-aaaa-bbbb-cccc-222222222222
  exit 0
fi
file /etc/cni/net.d/README.office 'networks of the office'
file /opt/cni/bin/office-plugin office
file /var/lib/cni/networks/podman/10.88.0.5 some-id
file /var/lib/cni/networks/cbr0-office/lock ''
file /var/lib/cni/results/podman-some-id-eth0 '{"kind":"cniCacheV1","containerId":"some-id","networkName":"podman"}'
file /etc/kubernetes/monitoring.conf 'of an agent of the office'
file /var/lib/kubelet-other/pods/data 'of another kubelet'
mkdir -p /var/lib/kubelet-other/mount; mount -t tmpfs tmpfs /var/lib/kubelet-other/mount
# A shim of an engine with a root and a namespace of its own.
mkdir -p /opt/office/bin; cp "$(command -v sleep)" /opt/office/bin/containerd-shim-runc-v2
printf '#!/bin/bash\nexec -a "containerd-shim-runc-v2 -namespace moby -id some-id -address /run/office/containerd.sock" /opt/office/bin/containerd-shim-runc-v2 100000\n' > /opt/office/bin/start
chmod +x /opt/office/bin/start; systemd-run -q --unit office-engine /opt/office/bin/start
ip link add cni-podman0 type bridge; ip addr add 10.88.0.1/16 dev cni-podman0; ip link set cni-podman0 up
ip link add cni0x type bridge
ip link add veth1a2b3c4d type veth peer name veth4d3c2b1a; ip link set veth1a2b3c4d master cni-podman0
ip link add kube-office0 type bridge; ip addr add 172.30.9.9/32 dev kube-office0
ip netns add cni-11111111-aaaa-bbbb-cccc-111111111111
iptables -N KUBE-FOREWARD; iptables -A KUBE-FOREWARD -s 172.30.0.0/16 -j RETURN; iptables -A FORWARD -j KUBE-FOREWARD
iptables -A INPUT -p tcp --dport 8099 -m comment --comment 'kubernetes dashboard of the office' -j ACCEPT
iptables -t nat -N CNI-HOSTPORT-DNAT; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
iptables -t nat -N CNI-DN-abcdefabcdef12; iptables -t nat -A CNI-DN-abcdefabcdef12 -p tcp --dport 8096 -j DNAT --to-destination 10.88.0.5:80
iptables -t nat -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment 'dnat name: "podman" id: "some-id"' -j CNI-DN-abcdefabcdef12
nft add table inet kubernetes-office
ipset create KUBE-OFFICE hash:ip 2> /dev/null || true # not every kernel has it
