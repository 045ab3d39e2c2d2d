import { definePlugin } from '@sealer/core';
import { planPlugin } from '@sealer/core/testing';
import { expect, test } from 'vitest';
import plugin from './index.js';

const head =
  'apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {name: t}\nspec:\n  image: t:1\n  hosts:\n  - {ips: [10.0.0.1], roles: [master]}\n';
const kubelet = (field: string) =>
  `${head}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${field}\n`;

test.each([
  [head, '/etc/resolv.conf'],
  [kubelet('resolvConf: /etc/kube.resolv'), '/etc/kube.resolv'],
  [kubelet('resolvConf: ""'), undefined],
])('pods get their DNS servers from the file the kubelet is given', async (clusterfile, file) => {
  let settings: { resolver?: string; networkFolder?: { ours?: string }; udpPorts?: readonly number[] } | undefined;
  const watch = definePlugin({
    name: 'hook-watch',
    apiVersion: 1,
    apply(sealer) {
      sealer.hooks.preflight.tap('hook-watch', (ctx, host) => {
        settings = ctx.runtime.hostSettings?.(ctx, host);
        return undefined;
      });
    },
  });
  const runtime = { type: 'kubeadm', version: 'v1.34.4' };
  await planPlugin(plugin, { clusterfile, image: { runtime }, with: [watch] });
  expect(settings?.resolver).toBe(file);
  // The image brings no pod network of its own.
  expect(settings).toMatchObject({ networkFolder: { path: '/etc/cni/net.d' }, udpPorts: [] });
  const documents = { 'network/flannel.yaml.tmpl': 'kind: List' };
  await planPlugin(plugin, { clusterfile, image: { runtime, documents }, with: [watch] });
  expect(settings).toMatchObject({ networkFolder: { ours: '10-flannel.conflist' }, udpPorts: [8472] });
});
