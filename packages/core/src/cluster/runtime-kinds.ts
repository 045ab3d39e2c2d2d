/** Kinds of documents that are passed through to the runtime. */
export const runtimeKinds: readonly string[] = [
  'InitConfiguration',
  'JoinConfiguration',
  'ClusterConfiguration',
  'KubeletConfiguration',
  'KubeProxyConfiguration',
];
