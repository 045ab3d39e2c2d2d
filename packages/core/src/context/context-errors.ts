import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const contextErrors = defineErrors({
  BUILD_CONTEXT_MISSING: error<{ path: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'The build context or the Kubefile is not there.',
    message: ({ path, reason }) => `cannot read ${path}: ${reason}`,
    hint: 'give the folder of the build context, and the Kubefile with -f when it is called otherwise',
  }),
  BUILD_SOURCE_MISSING: error<{ source: string; ignored: boolean }>({
    exitCode: ExitCode.config,
    about: 'A source of COPY, ADD or APP is not in the build context, or is ignored.',
    message: ({ source, ignored }) =>
      `"${source}" is not in the build context${ignored ? ' (an ignore file excludes it)' : ''}`,
    hint: 'paths are relative to the build context; look at .sealerignore and .dockerignore',
  }),
  BUILD_PATH_OUTSIDE: error<{ path: string }>({
    exitCode: ExitCode.config,
    about: 'A source or destination leads out of the build context or of the image.',
    message: ({ path }) => `"${path}" leads outside`,
    hint: 'use paths below the build context and below the root of the image',
  }),
  BUILD_FILE_UNSUPPORTED: error<{ path: string; kind: string }>({
    exitCode: ExitCode.config,
    about: 'The build context holds something that is neither file, folder nor link.',
    message: ({ path, kind }) => `${path} is a ${kind}`,
    hint: 'remove it, or exclude it with .sealerignore',
  }),
  BUILD_IGNORE_INVALID: error<{ pattern: string; reason: string }>({
    exitCode: ExitCode.config,
    about: 'A line of .sealerignore or .dockerignore is no pattern.',
    message: ({ pattern, reason }) => `the pattern ${pattern} cannot be read: ${reason}`,
    hint: 'correct it; a character that has a meaning in patterns (* ? [ \\) stands for itself behind a \\',
  }),
  BUILD_IGNORE_UNREADABLE: error<{ path: string; reason: string }>({
    exitCode: ExitCode.config,
    about: 'There is an ignore file, but it cannot be read: nothing would be left out.',
    message: ({ path, reason }) => `${path} cannot be read: ${reason}`,
    hint: 'make it readable, or remove it',
  }),
});
