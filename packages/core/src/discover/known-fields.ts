/**
 * Custom resources that name images by other means than an `image` field or a PodSpec: a row a kind. Each image is a
 * list of ways to write it, the first of which all parts are there wins; `${a|b|=text}` is field a, else b, else text.
 */
interface KnownKind {
  /** API group; versions do not matter. */
  group: string;
  kinds: readonly string[];
  images: readonly (readonly string[])[];
  /** Said when none of the ways can be gone. */
  otherwise?: string;
}

const operated = (name: string) => [
  '${spec.image}',
  `\${spec.baseImage|=${name}}@sha256:\${spec.sha}`,
  `\${spec.baseImage|=${name}}:\${spec.tag|spec.version}`,
];
const elastic = (group: string, kind: string, name: string): KnownKind => ({
  group: `${group}.k8s.elastic.co`,
  kinds: [kind],
  images: [['${spec.image}', `docker.elastic.co/${name}:\${spec.version}`]],
});
const thanos = [
  '${spec.thanos.image}',
  '${spec.thanos.baseImage|=quay.io/thanos/thanos}@sha256:${spec.thanos.sha}',
  '${spec.thanos.baseImage|=quay.io/thanos/thanos}:${spec.thanos.tag|spec.thanos.version}',
];

const knownKinds: readonly KnownKind[] = [
  {
    group: 'monitoring.coreos.com',
    kinds: ['Prometheus', 'PrometheusAgent'],
    images: [operated('quay.io/prometheus/prometheus'), thanos],
    otherwise: 'quay.io/prometheus/prometheus',
  },
  {
    group: 'monitoring.coreos.com',
    kinds: ['Alertmanager'],
    images: [operated('quay.io/prometheus/alertmanager')],
    otherwise: 'quay.io/prometheus/alertmanager',
  },
  {
    group: 'monitoring.coreos.com',
    kinds: ['ThanosRuler'],
    images: [operated('quay.io/thanos/thanos')],
    otherwise: 'quay.io/thanos/thanos',
  },
  elastic('elasticsearch', 'Elasticsearch', 'elasticsearch/elasticsearch'),
  elastic('kibana', 'Kibana', 'kibana/kibana'),
  elastic('apm', 'ApmServer', 'apm/apm-server'),
  elastic('logstash', 'Logstash', 'logstash/logstash'),
  elastic('beat', 'Beat', 'beats/${spec.type}'),
  elastic('agent', 'Agent', 'beats/elastic-agent'),
  elastic('enterprisesearch', 'EnterpriseSearch', 'enterprise-search/enterprise-search'),
  {
    group: 'install.istio.io',
    kinds: ['IstioOperator'],
    images: [['${spec.hub}/pilot:${spec.tag}'], ['${spec.hub}/proxyv2:${spec.tag}']],
    otherwise: 'docker.io/istio/pilot',
  },
  { group: 'postgresql.cnpg.io', kinds: ['Cluster'], images: [['${spec.imageName}']] },
  { group: 'cdi.kubevirt.io', kinds: ['DataVolume'], images: [['${spec.source.registry.url}']] },
];

/** Kinds whose fields called `image` hold patterns, sources to watch or mirrors: nothing that is run. */
const notRun: Readonly<Record<string, readonly string[]>> = {
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'kyverno.io': ['Policy', 'ClusterPolicy', 'PolicyException', 'CleanupPolicy', 'ClusterCleanupPolicy'],
  'policies.kyverno.io': ['ImageValidatingPolicy', 'ValidatingPolicy', 'MutatingPolicy', 'GeneratingPolicy'],
  'image.toolkit.fluxcd.io': ['ImageRepository', 'ImagePolicy', 'ImageUpdateAutomation'],
  'policy.sigstore.dev': ['ClusterImagePolicy'],
  'operator.openshift.io': ['ImageContentSourcePolicy'],
  'config.openshift.io': ['ImageDigestMirrorSet', 'ImageTagMirrorSet'],
};

export type ReadField = (path: string) => string | undefined;

/** The images of a resource by the table, and those whose version the operator chooses. */
export function imagesOfKind(
  apiVersion: string,
  kind: string,
  field: ReadField,
): { images: string[]; unversioned: string[] } {
  const group = apiVersion.split('/')[0] ?? '';
  const row = knownKinds.find((known) => known.group === group && known.kinds.includes(kind));
  if (!row) return { images: [], unversioned: [] };
  const images = row.images.flatMap((ways) => {
    for (const way of ways) {
      const image = fill(way, field);
      if (image !== undefined) return [image];
    }
    return [];
  });
  return { images, unversioned: images.length === 0 && row.otherwise ? [row.otherwise] : [] };
}

export function namesWhatIsNotRun(apiVersion: string, kind: string): boolean {
  return notRun[apiVersion.split('/')[0] ?? '']?.includes(kind) ?? false;
}

function fill(way: string, field: ReadField): string | undefined {
  let whole = true;
  const text = way.replace(/\$\{([^}]+)\}/g, (_, alternatives: string) => {
    for (const one of alternatives.split('|')) {
      const value = one.startsWith('=') ? one.slice(1) : field(one);
      if (value) return value;
    }
    whole = false;
    return '';
  });
  return whole ? text.replace(/^docker:\/\//, '') : undefined;
}
