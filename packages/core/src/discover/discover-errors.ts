/** Errors of looking for the images that applications need. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

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
    about: 'helm cannot render a chart with the values it has.',
    message: ({ chart, reason }) => `${chart} cannot be rendered: ${reason}`,
    hint: 'give the values it needs (--chart-values FILE), or build with --no-discover and name its images in manifests/imageList',
  }),
  DISCOVER_IMAGE_INVALID: error<{ image: string; origin: string; reason: string }>({
    exitCode,
    about: 'An application names an image in a way that is no image reference.',
    message: ({ image, origin, reason }) => `${origin} names the image ${JSON.stringify(image)}: ${reason}`,
    hint: 'correct it, or list it in manifests/ignoredImageList',
  }),
});
