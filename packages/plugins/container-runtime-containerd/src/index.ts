/** containerd 2 from the cluster image, as a systemd service. */
import { type ContainerRuntime, definePlugin } from '@sealer/core';
import { hostSettings } from './host-settings.js';
import { containerdFiles, installContainerd } from './install.js';
import { trustMirrors } from './mirrors.js';
import { pullImages } from './pull.js';
import { removeContainerd } from './remove.js';
import { configPath, socket } from './socket.js';

const containerd: ContainerRuntime = {
  socket,
  // A containerd of the host's own, docker's too: ours would take its socket, its configuration and its images.
  requirements: () => ({
    absent: [
      '/run/containerd/containerd.sock',
      '/var/lib/containerd',
      configPath,
      ...['/etc', '/lib', '/usr/lib', '/usr/local/lib'].map((folder) => `${folder}/systemd/system/containerd.service`),
    ],
  }),
  hostSettings,
  rootfsFiles: () => containerdFiles,
  install: installContainerd,
  trustMirrors,
  pull: pullImages,
  remove: removeContainerd,
};

export default definePlugin({
  name: 'container-runtime-containerd',
  apiVersion: 1,
  apply(sealer) {
    sealer.containerRuntimes.provide('containerd', containerd);
  },
});
