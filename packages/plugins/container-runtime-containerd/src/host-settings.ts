/** What of a host's settings would keep containerd from working. */
import type { HostSettings } from '@sealer/core';

export function hostSettings(): HostSettings {
  return {
    folders: [{ path: '/var/lib/containerd', exec: true, layers: true }, { path: '/etc/containerd' }],
    units: ['containerd.service'],
  };
}
