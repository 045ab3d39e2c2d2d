import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const contextErrors = defineErrors({
  BUILD_CONTEXT_MISSING: error<{ path: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'The build context or the Kubefile is not there.',
    message: ({ path, reason }) => `cannot read ${path}: ${reason}`,
    hint: 'give the folder of the build context, and the Kubefile with -f when it is called otherwise',
  }),
  BUILD_SOURCE_MISSING: error<{ source: string; leads: string | undefined; ignored: boolean }>({
    exitCode: ExitCode.config,
    about: 'A source of COPY, ADD or APP is not in the build context, is ignored, or is a link to something that is.',
    message: ({ source, leads, ignored }) =>
      `"${source}" ${leads === undefined ? 'is' : `leads by links to "${leads}", which is`} not in the build context${ignored ? ' (an ignore file excludes it)' : ''}`,
    hint: 'paths, and links, are followed with the build context as their root; look at .sealerignore and .dockerignore',
  }),
  BUILD_SOURCE_LOOP: error<{ source: string }>({
    exitCode: ExitCode.config,
    about: 'A source is a link that leads back to itself.',
    message: ({ source }) => `"${source}" leads into a ring of links`,
    hint: 'name the file itself, or correct the links',
  }),
  BUILD_TARGET_CONFLICT: error<{ path: string; there: string; needed: string }>({
    exitCode: ExitCode.config,
    about:
      'What is copied cannot be put where it should be: a file would take the place of a folder, or a folder that of a file or link.',
    message: ({ path, there, needed }) =>
      `"${path}" is ${there} in the rootfs as it is here${needed ? `, and has to be ${needed}` : ''}`,
    hint: 'name another target (one that ends in / is a folder), or remove what is there by RUN before',
  }),
  BUILD_ENTRY_REFUSED: error<{ path: string; reason: string }>({
    exitCode: ExitCode.config,
    about:
      'An image with this file would be refused when it is mounted or unpacked: a link that leads out of the rootfs, a name that layers give a meaning, a name that is too long.',
    message: ({ path, reason }) => `"${path}" ${reason}`,
    hint: 'rename or remove it, leave it out with .sealerignore, or copy what a link leads to instead of the link',
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
