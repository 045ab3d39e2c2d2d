/** Errors of RUN in a Kubefile. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const runErrors = defineErrors({
  RUN_RUNTIME_MISSING: error<{ looked: readonly string[] }>({
    exitCode: ExitCode.usage,
    about: 'A Kubefile has RUN, and this machine has no OCI runtime to execute it.',
    message: ({ looked }) => `there is no OCI runtime to execute RUN with: looked for ${looked.join(' and ')} in PATH`,
    hint: 'install crun or runc, or build with --isolation chroot (SEALER_BUILD_ISOLATION=chroot), which shuts the command off less',
  }),
  RUN_ISOLATION_UNKNOWN: error<{ value: string; known: readonly string[] }>({
    exitCode: ExitCode.usage,
    about: 'SEALER_BUILD_ISOLATION, or the option isolation of a build, names no way of executing RUN.',
    message: ({ value, known }) => `there is no isolation "${value}"; there is ${known.join(', ')}`,
    hint: 'oci takes the first runtime found; chroot needs none',
  }),
  RUN_PLATFORM_FOREIGN: error<{ platform: string; machine: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'RUN is to execute programs of another architecture, and the kernel has no handler for them.',
    message: ({ platform, machine, reason }) => `RUN for ${platform} cannot be executed on ${machine}: ${reason}`,
    hint: 'register an emulator with binfmt_misc (on Debian and Ubuntu: package qemu-user-static), or build on a machine of that architecture',
  }),
  RUN_SHELL_MISSING: error<Record<string, never>>({
    exitCode: ExitCode.config,
    about: 'RUN in shell form needs /bin/sh in the rootfs, and there is none.',
    message: () => 'the rootfs has no /bin/sh',
    hint: 'COPY one there before (a static busybox will do), start FROM an image that has one, or use the form RUN ["/path/of/program", "argument"]',
  }),
  RUN_FAILED: error<{ command: string; status: string; stderr: string }>({
    exitCode: ExitCode.config,
    about: 'The command of a RUN failed. The image was not made.',
    message: ({ command, status, stderr }) =>
      `${command} ended with ${status}${stderr ? `; its last words:\n${stderr}` : ''}`,
    hint: 'correct the command; what it printed is above. Steps before it are cached',
  }),
  RUN_START_FAILED: error<{ runtime: string; reason: string }>({
    exitCode: ExitCode.config,
    about:
      'The command of a RUN could not be started: the program is not in the rootfs, or the runtime cannot work on this machine.',
    message: ({ runtime, reason }) => `${runtime} could not start the command: ${reason}`,
    hint: 'see that the program and its interpreter are in the rootfs; another runtime can be tried by --isolation crun, runc or chroot',
  }),
  RUN_SECRET_MISSING: error<{ id: string; given: readonly string[] }>({
    exitCode: ExitCode.usage,
    about: 'RUN --mount=type=secret,required asks for a secret that the build was not given.',
    message: ({ id, given }) =>
      `the secret ${id} was not given${given.length ? `; given were ${given.join(', ')}` : ''}`,
    hint: ({ id }) => `build with --secret id=${id},src=FILE or --secret id=${id},env=VARIABLE`,
  }),
  RUN_SECRET_INVALID: error<{ id: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'A secret of a build cannot be read.',
    message: ({ id, reason }) => `the secret ${id} cannot be read: ${reason}`,
    hint: 'write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE, and see that the file or variable is there',
  }),
  RUN_CHANGE_REFUSED: error<{ path: string; reason: string }>({
    exitCode: ExitCode.config,
    about: 'RUN left something in the rootfs that a layer cannot hold.',
    message: ({ path, reason }) => `RUN left ${path}, which ${reason}`,
    hint: 'remove it in the same RUN',
  }),
});
