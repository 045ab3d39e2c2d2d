/** How images are found in manifests and charts: the flags that `build` and `lint` share. */
import { Flags } from '@oclif/core';

export const discoveryFlags = {
  'ignored-image-list': Flags.string({
    description: 'images not to carry, one a line: a name, a registry/path/ with all below it, * for any characters',
  }),
  'chart-values': Flags.string({
    description: 'values file for rendering charts, over those of APPVALUES',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'chart-namespace': Flags.string({
    description: 'namespace charts are rendered for and installed in, where APP --namespace gives none',
  }),
  'all-subcharts': Flags.boolean({ description: 'render charts with every sub-chart switched on' }),
  'chart-tests': Flags.boolean({ description: "carry the images of charts' test hooks as well" }),
  'kube-version': Flags.string({
    description: 'Kubernetes version charts are rendered for (default: of the image, or the ends of KUBEVERSION)',
  }),
  'api-versions': Flags.string({
    description: 'API versions charts are told are there, such as monitoring.coreos.com/v1',
    delimiter: ',',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

interface Given {
  'ignored-image-list'?: string | undefined;
  'chart-values'?: string[] | undefined;
  'chart-namespace'?: string | undefined;
  'all-subcharts'?: boolean;
  'chart-tests'?: boolean;
  'kube-version'?: string | undefined;
  'api-versions'?: string[] | undefined;
}

export function discoveryOptions(flags: Given) {
  return {
    ignoredImageList: flags['ignored-image-list'],
    chartValues: flags['chart-values'],
    chartNamespace: flags['chart-namespace'],
    allSubcharts: flags['all-subcharts'],
    chartTests: flags['chart-tests'],
    kubeVersion: flags['kube-version'],
    apiVersions: flags['api-versions'],
  };
}
