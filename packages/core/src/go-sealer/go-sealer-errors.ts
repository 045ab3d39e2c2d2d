/** Errors of images made by the Go project (docs/image-format.md, "Images of the Go project"). */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const goSealerErrors = defineErrors({
  GO_IMAGE_INVALID: error<{ image: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'What an image made by Go sealer says of itself (annotation sealer.image.extension) cannot be understood.',
    message: ({ image, reason }) => `${image}, an image of Go sealer, is not usable: ${reason}`,
    hint: 'build the image again, by Go sealer 0.9 to 0.11 or from its Kubefile by this sealer',
  }),
  GO_IMAGE_LAYER_REFUSED: error<{ image: string; layer: string; reason: string }>({
    exitCode: ExitCode.image,
    about:
      'A layer of an image made by Go sealer is damaged, or holds what a layer must not hold: names or links that lead out, devices, far more bytes than it has compressed.',
    message: ({ image, layer, reason }) => `layer ${layer} of ${image} is refused: ${reason}`,
    hint: 'get the image again from where it came from; when it is the same there, do not trust it',
  }),
  GO_IMAGE_BUNDLE_INCOMPLETE: error<{ image: string; name: string; missing: string }>({
    exitCode: ExitCode.image,
    about: 'The registry data inside an image made by Go sealer names a container image of which a part is not there.',
    message: ({ image, name, missing }) => `${image} carries ${name} only in part: ${missing} is not in it`,
    hint: 'build the image again: as it is, pods could not start without internet',
  }),
});
