/**
 * Documents written for kubeadm.k8s.io/v1beta1 to v1beta3, as images of Go sealer carry them, in the shape of v1beta4:
 * arguments are lists of name and value there, and some fields are gone.
 */
type Fields = Record<string, unknown>;

export function asNewest(kind: string, fields: Fields): Fields {
  if (kind === 'InitConfiguration') return withPart(fields, 'nodeRegistration', nodeRegistration);
  if (kind !== 'ClusterConfiguration') return fields;
  const { useHyperKubeImage: _hyperkube, ...rest } = fields;
  const parts: [string, (part: Fields) => Fields][] = [
    ['apiServer', ({ timeoutForControlPlane: _timeout, ...part }) => withArguments(part, 'extraArgs')],
    ['controllerManager', (part) => withArguments(part, 'extraArgs')],
    ['scheduler', (part) => withArguments(part, 'extraArgs')],
    ['etcd', (part) => withPart(part, 'local', (local) => withArguments(local, 'extraArgs'))],
    ['dns', ({ type: _type, ...part }) => part],
  ];
  return parts.reduce((result, [name, change]) => withPart(result, name, change), rest as Fields);
}

/** dockershim has left Kubernetes with 1.24: a file that names it means the default of its time. */
function nodeRegistration({ criSocket, ...part }: Fields): Fields {
  const kept = typeof criSocket === 'string' && !criSocket.includes('dockershim') ? { criSocket } : {};
  return withArguments({ ...part, ...kept }, 'kubeletExtraArgs');
}

function withPart(fields: Fields, name: string, change: (part: Fields) => Fields): Fields {
  const part = fields[name];
  return isMapping(part) ? { ...fields, [name]: change(part) } : fields;
}

function withArguments(part: Fields, name: string): Fields {
  const given = part[name];
  if (!isMapping(given)) return part;
  return { ...part, [name]: Object.entries(given).map(([key, value]) => ({ name: key, value: String(value) })) };
}

function isMapping(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
