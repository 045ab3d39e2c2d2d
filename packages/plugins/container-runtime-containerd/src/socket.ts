export const socket = 'unix:///run/containerd/containerd.sock';
export const configPath = '/etc/containerd/config.toml';
export const certsFolder = '/etc/containerd/certs.d';
