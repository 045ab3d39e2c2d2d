/** Errors of unpacking layers on the operator's machine: for RUN, and for looking into an image. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const rootfsErrors = defineErrors({
  ROOTFS_LAYER_UNSAFE: error<{ layer: string; entry: string; reason: string }>({
    exitCode: ExitCode.image,
    about:
      'A layer holds an entry that would reach out of the rootfs, or that a rootfs must not have. Nothing of it was unpacked.',
    message: ({ layer, entry, reason }) => `layer ${layer}: ${JSON.stringify(entry)} ${reason}`,
    hint: 'do not trust this image; if it is yours, build it again without that entry',
  }),
  ROOTFS_LAYER_DAMAGED: error<{ layer: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'A layer is cut off or is not what its digest and diffId say. Nothing of it was unpacked.',
    message: ({ layer, reason }) => `layer ${layer} is damaged: ${reason}`,
    hint: 'remove the image, then get or build it again',
  }),
  ROOTFS_LAYER_TOO_LARGE: error<{ layer: string; size: number; limit: number }>({
    exitCode: ExitCode.image,
    about:
      'A layer grows while it is uncompressed beyond 1 GiB and a hundred times its compressed size, as a decompression bomb does.',
    message: ({ layer, size, limit }) =>
      `layer ${layer} has ${size} compressed bytes and more than ${limit} uncompressed ones`,
    hint: 'do not trust this image; if it is yours, keep large empty files out of it',
  }),
  ROOTFS_TOOL_MISSING: error<{ tool: string; needed: string; package: string }>({
    exitCode: ExitCode.usage,
    about: 'A program of the operating system that unpacking or RUN needs is not there.',
    message: ({ tool, needed }) => `there is no program ${tool}, which ${needed} needs`,
    hint: ({ package: name }) => `install it (on Debian and Ubuntu: package ${name})`,
  }),
  ROOTFS_TOOL_FAILED: error<{ tool: string; status: string; stderr: string }>({
    exitCode: ExitCode.image,
    about: 'A program that unpacks, copies or reads a rootfs failed, for instance because the disk is full.',
    message: ({ tool, status, stderr }) => `${tool} ended with ${status}${stderr ? `: ${stderr}` : ''}`,
    hint: "free space on the disk of sealer's folder, or choose another one by --home, then try again",
  }),
  ROOTFS_NAMESPACES_REFUSED: error<{ reason: string }>({
    exitCode: ExitCode.usage,
    about: 'The kernel gives this user no namespaces of its own, so that nothing can be mounted or executed apart.',
    message: ({ reason }) => `the kernel refuses namespaces: ${reason}`,
    hint: 'run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0); inside a container it needs the right to make namespaces',
  }),
  MOUNT_TARGET_INVALID: error<{ path: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'The folder that an image should be shown in is not an empty folder.',
    message: ({ path, reason }) => `cannot show an image in ${path}: ${reason}`,
    hint: 'name an empty folder, or one that does not exist yet, or none at all',
  }),
  MOUNT_NOT_FOUND: error<{ path: string; known: readonly string[] }>({
    exitCode: ExitCode.usage,
    about: 'No image is shown at this place.',
    message: ({ path }) => `no image is mounted as or at ${path}`,
    hint: ({ known }) => (known.length ? `mounted are: ${known.join(', ')}` : '`sealer mount` lists what is mounted'),
  }),
});
