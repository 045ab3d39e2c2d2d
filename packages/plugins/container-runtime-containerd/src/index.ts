/** containerd 2 from the cluster image, as a systemd service. */
import { type ContainerRuntime, definePlugin } from '@sealer/core';
import { hostSettings } from './host-settings.js';
import { containerdFiles, installContainerd } from './install.js';
import { trustMirrors } from './mirrors.js';
import { pullImages } from './pull.js';
import { removeContainerd } from './remove.js';
import { socket } from './socket.js';

const containerd: ContainerRuntime = {
  socket,
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
