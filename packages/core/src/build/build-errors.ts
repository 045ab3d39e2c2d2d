import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

const exitCode = ExitCode.config;

export const buildErrors = defineErrors({
  BUILD_PLATFORM_DIFFERS: error<{ from: string; target: string }>({
    exitCode,
    about: 'FROM --platform names another platform than the one the image is built for.',
    message: ({ from, target }) => `FROM is for ${from}, and the image is built for ${target}`,
    hint: 'leave --platform of FROM out (the one that is built for is taken), or give it to `sealer build`',
  }),
  BUILD_OWNER_UNKNOWN: error<{ name: string; kind: 'user' | 'group' | 'owner'; file: string }>({
    exitCode,
    about: '--chown names a user or group that the rootfs does not have at that instruction.',
    message: ({ name, kind, file }) =>
      `"${name}" is no ${kind}${file ? ` of the rootfs: /${file} does not name it` : ''}`,
    hint: 'give numbers, such as --chown=1000:1000, or copy after the instruction that makes the user',
  }),
  BUILD_MODE_INVALID: error<{ mode: string }>({
    exitCode,
    about: '--chmod has, once its variables are replaced, no mode.',
    message: ({ mode }) => `"${mode}" is no mode`,
    hint: 'give octal digits such as --chmod=755, or letters such as --chmod=u=rwX,go=rX',
  }),
  BUILD_ARCHIVE_INVALID: error<{ archive: string; reason: string }>({
    exitCode,
    about: 'An archive that ADD unpacks is damaged, or holds what a layer must not hold.',
    message: ({ archive, reason }) => `cannot unpack ${archive}: ${reason}`,
    hint: 'make the archive anew, or copy it as it is by COPY',
  }),
  BUILD_CHECKSUM_REQUIRED: error<{ url: string }>({
    exitCode,
    about: 'Something is to be fetched from a URL without a checksum.',
    message: ({ url }) => `${url} has no checksum`,
    hint: 'add --checksum=sha256:<64 hex digits>, so that what is built is what was meant',
  }),
  BUILD_DOWNLOAD_FAILED: error<{ url: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'A file could not be fetched, or is not the one its checksum names.',
    message: ({ url, reason }) => `cannot fetch ${url}: ${reason}`,
    hint: 'check the URL, the network and the checksum',
  }),
  BUILD_APP_TYPE: error<{ app: string }>({
    exitCode,
    about: 'The files of an app are of no one kind, so that it is not known how to install it.',
    message: ({ app }) => `app "${app}" is neither a chart, nor only YAML, nor only .sh files, and has no APPCMDS`,
    hint: 'add APPCMDS with the commands that install it',
  }),
  BUILD_APP_FILES: error<{ app: string; file: string }>({
    exitCode,
    about: 'Two sources of an app bring a file of the same name, so that one would be lost.',
    message: ({ app, file }) => `app "${app}" gets two files called ${file}`,
    hint: 'rename one of them, or put them into a folder and name that as the source',
  }),
  BUILD_APP_NAME: error<{ app: string }>({
    exitCode,
    about: 'A Helm chart belongs to an app whose name helm does not take for the release.',
    message: ({ app }) => `app "${app}" is a chart, and helm refuses "${app}" as the name of its release`,
    hint: 'give the app a name of lower-case letters, digits, - and ., at most 53, or add APPCMDS with the commands that install it',
  }),
  BUILD_APP_UNKNOWN: error<{ app: string; known: readonly string[] }>({
    exitCode,
    about: 'LAUNCH, APPENV or APPCMDS names an app that the image does not have.',
    message: ({ app, known }) => `there is no app "${app}"; there is ${known.join(', ') || 'none'}`,
    hint: 'declare it before with APP, CNI or CSI, or correct the name',
  }),
  BUILD_RUNTIME_MISSING: error<Record<string, never>>({
    exitCode,
    about: 'A kube-installer image says nowhere which runtime it carries.',
    message: () => 'the image is of type kube-installer but carries no runtime',
    hint: 'build FROM an image that has one, set LABEL cluster.alpha.sealer.io/cluster-runtime-type=..., or use --type app-installer',
  }),
  BUILD_APP_VALUES: error<{ app: string; reason: string }>({
    exitCode,
    about: 'APPVALUES gives values to something that is no chart, or something that is no values file.',
    message: ({ app, reason }) => `app "${app}" cannot have these values: ${reason}`,
    hint: 'give values to an application that is a Helm chart, one file at a time',
  }),
  BUILD_IMAGES_UNAVAILABLE: error<{ count: number; of: number }>({
    exitCode: ExitCode.image,
    about:
      'Several container images are not to be had from their registries; each is listed, with what names it. None was fetched.',
    message: ({ count, of }) => `${count} of ${of} container images are not to be had`,
    hint: 'log in or correct the names; what is not needed can be listed in manifests/ignoredImageList',
  }),
});
