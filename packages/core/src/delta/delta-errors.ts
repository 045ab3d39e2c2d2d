/** Errors of deltas: archives that carry one image as what it has beyond another. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const deltaErrors = defineErrors({
  DELTA_INVALID: error<{ archive: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'The description or a patch in a delta archive is damaged, or says what cannot be.',
    message: ({ archive, reason }) => `the delta in ${archive} cannot be applied: ${reason}`,
    hint: 'nothing of it was given a name; copy or save the archive again',
  }),
  DELTA_NOT_REPRODUCED: error<{ layer: string; made: string; here: string }>({
    exitCode: ExitCode.image,
    about:
      'A layer rebuilt from a delta does not have its digest on this machine: another zlib compresses the same bytes differently.',
    message: ({ layer, made, here }) =>
      `layer ${layer} cannot be rebuilt bit for bit here: the delta was made and proven with ${made}, this is ${here}`,
    hint: 'run sealer with the Node release the delta was made with, or save it with --no-patch, which carries changed layers whole',
  }),
});
