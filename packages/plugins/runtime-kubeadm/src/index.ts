/** Kubernetes by kubeadm. */
import { definePlugin, type Runtime } from '@sealer/core';
import { installAddons } from './addons.js';
import { recordHost } from './host-record.js';
import { hostSettings } from './host-settings.js';
import { initControlPlane } from './init.js';
import { joinControlPlane, joinWorker } from './join.js';
import { installNetwork } from './network.js';
import { endpoint, kubectl, paths } from './places.js';
import { nodeFiles, prepareNode } from './prepare-node.js';
import { requirements } from './requirements.js';
import { resetNode } from './reset-node.js';

const everywhere = /(^|\/)(pause|kube-proxy|flannel)[:@]/;
const onMasters = /(^|\/)(kube-apiserver|kube-controller-manager|kube-scheduler|etcd|coredns)[:@]/;

const kubeadm: Runtime = {
  embedsContainerRuntime: false,
  requirements,
  hostSettings,
  rootfsFiles: () => nodeFiles,
  aliases: (ctx) => [{ ip: ctx.master0.address, hostnames: [endpoint] }],
  recordHost,
  prepareNode,
  initControlPlane,
  installNetwork,
  joinControlPlane,
  joinWorker,
  installAddons,
  resetNode,
  kubectl,
  adminKubeconfig: () => paths.adminConf,
  nodes: (ctx) => ctx.hosts,
  images: (ctx, host) =>
    ctx.image.config.bundle
      .map((image) => image.name)
      .filter((name) => everywhere.test(name) || (host.isMaster && onMasters.test(name))),
};

export default definePlugin({
  name: 'runtime-kubeadm',
  apiVersion: 1,
  apply(sealer) {
    sealer.runtimes.provide('kubeadm', kubeadm);
    // As images of the Go project call it.
    sealer.runtimes.provide('kubernetes', kubeadm);
  },
});
