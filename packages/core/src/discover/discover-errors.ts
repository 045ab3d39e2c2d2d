/** Errors of looking for the images that applications need. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode, type SealerError } from '../errors/sealer-error.js';

const exitCode = ExitCode.config;

export const discoverErrors = defineErrors({
  DISCOVER_HELM_MISSING: error<{ chart: string }>({
    exitCode,
    about: 'A chart has to be rendered to know its images, and the program helm is not on this machine.',
    message: ({ chart }) => `${chart} cannot be rendered: the program helm is not found`,
    hint: 'install helm, or name the images in manifests/imageList and build with --no-discover',
  }),
  DISCOVER_CHART_FAILED: error<{ chart: string; reason: string }>({
    exitCode,
    about: 'helm cannot render a chart with the values it has, or its files cannot be read.',
    message: ({ chart, reason }) => `${chart} cannot be rendered: ${reason}`,
    hint: 'give what it needs: values (APPVALUES in the Kubefile, or --chart-values FILE), another namespace (APP --namespace=NAME, or --chart-namespace NAME); or build with --no-discover and name its images in manifests/imageList',
  }),
  DISCOVER_CHART_KUBE_VERSION: error<{ chart: string; reason: string; version: string; origin: string }>({
    exitCode,
    about: 'A chart is not for the Kubernetes version that it is rendered for.',
    message: ({ chart, reason, version, origin }) =>
      `${chart} is not for Kubernetes ${version}, which is said by ${origin}: ${reason}`,
    hint: 'take another version of the chart, correct what says the version, or give one with --kube-version',
  }),
  DISCOVER_CHART_DEPENDENCIES: error<{ chart: string; missing: string }>({
    exitCode,
    about:
      'A chart declares dependencies that are not in its charts/ folder, so that it can neither be rendered nor installed offline.',
    message: ({ chart, missing }) => `${chart} lacks the charts it depends on: ${missing}`,
    hint: 'run `helm dependency build` in the chart, where there is internet, and build again',
  }),
  MANIFEST_INVALID: error<{ reason: string }>({
    exitCode,
    about:
      'A manifest, or a values file or Chart.yaml of a chart, cannot be read as YAML or JSON: kubectl or helm would refuse it on the host, and its images are not known.',
    message: ({ reason }) => `it cannot be read: ${reason}`,
    hint: 'correct it, or leave it out (.sealerignore); a template gets the ending .tmpl',
  }),
  DISCOVER_IMAGE_INVALID: error<{ image: string; origin: string; reason: string }>({
    exitCode,
    about: 'An application names an image in a way that is no image reference.',
    message: ({ image, origin, reason }) => `${origin} names the image ${JSON.stringify(image)}: ${reason}`,
    hint: 'correct it, or list it in manifests/ignoredImageList',
  }),
  DISCOVER_FAILED: error<{ count: number }>({
    exitCode,
    about: 'Several manifests, charts or images cannot be understood; all of them are listed. Nothing was built.',
    message: ({ count }) => `${count} manifests, charts or images cannot be understood`,
    hint: 'correct them, or list what is not needed in manifests/ignoredImageList',
  }),
  IGNORED_IMAGE_INVALID: error<{ text: string; reason: string }>({
    exitCode,
    about: 'A line of an ignored image list is neither an image name nor a pattern of names.',
    message: ({ text, reason }) => `${JSON.stringify(text)} is no image to ignore: ${reason}`,
    hint: 'write one a line: registry/path[:tag], registry/path/ for all below it, or a pattern with * for any characters; # begins a comment',
  }),
});

/** One error is itself; several become one with all of them. */
export function together(errors: readonly SealerError[]): SealerError {
  const [first] = errors;
  return errors.length === 1 && first ? first : discoverErrors.DISCOVER_FAILED({ count: errors.length }, { errors });
}
