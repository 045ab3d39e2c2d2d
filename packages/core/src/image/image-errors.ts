/** Errors of the image store, references, archives and container images that are bundled. */
import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';
import type { Platform } from './descriptor.js';
import { namesRegistry } from './registry-of-name.js';

export const imageErrors = defineErrors({
  BLOB_MISSING: error<{ digest: string; directory: string; neededBy?: string }>({
    exitCode: ExitCode.image,
    about: 'A blob that a manifest refers to is not in the image store.',
    message: ({ digest, directory, neededBy }) =>
      `blob ${digest}${neededBy ? `, needed by ${neededBy},` : ''} is not in the image store ${directory}`,
    hint: 'load, pull or build the image again; `sealer store check --repair` fetches again what a registry has',
  }),
  BLOB_DAMAGED: error<{ digest: string; actual: string; directory: string }>({
    exitCode: ExitCode.image,
    about:
      'The file of a blob in the image store no longer has the bytes it had: a fault of the disk, or of a program.',
    message: ({ digest, actual, directory }) =>
      `blob ${digest} in the image store ${directory} is damaged: its bytes have digest ${actual}`,
    hint: '`sealer store check --repair` says which images that hits, and fetches again what a registry has',
  }),
  BLOB_TOO_LARGE: error<{ digest: string; size: number; limit: number }>({
    exitCode: ExitCode.image,
    about: 'A blob that should be a manifest or a config is too large to be one.',
    message: ({ digest, size, limit }) =>
      `blob ${digest} has ${size} bytes; a manifest or config has at most ${limit} bytes`,
    hint: 'the image is damaged or not an image: get it again from where it came from',
  }),
  BLOB_DIGEST_MISMATCH: error<{ expected: string; actual: string; source?: string }>({
    exitCode: ExitCode.image,
    about: 'Bytes that arrived do not have the digest they should have; they were thrown away.',
    message: ({ expected, actual, source }) =>
      `blob${source ? ` from ${source}` : ''} should have digest ${expected} but has ${actual}`,
    hint: 'the data was changed or damaged on its way: get it again; if it happens again, the source is damaged',
  }),
  BLOB_SIZE_MISMATCH: error<{ digest: string; expected: number; actual: number }>({
    exitCode: ExitCode.image,
    about: 'A blob does not have the size its descriptor says; it was thrown away.',
    message: ({ digest, expected, actual }) => `blob ${digest} should have ${expected} bytes but has ${actual}`,
    hint: 'the data was cut off or damaged on its way: get it again',
  }),
  DIGEST_INVALID: error<{ text: string; source: string }>({
    exitCode: ExitCode.image,
    about: 'A digest is not of the form sha256:<64 hex digits>.',
    message: ({ text, source }) => `${source} holds ${JSON.stringify(text)} where a sha256 digest is expected`,
    hint: 'only sha256 digests are supported; the image is damaged or uses another algorithm',
  }),
  STORE_LOCKED: error<{ path: string; owner: string; seconds: number }>({
    exitCode: ExitCode.image,
    about: 'Another process holds the lock of the image store for too long.',
    message: ({ path, owner, seconds }) => `${path} has been locked by ${owner} for more than ${seconds} seconds`,
    hint: 'wait until the other sealer has finished, or end it; remove the lock file when no sealer runs',
  }),
  STORE_INDEX_DAMAGED: error<{ path: string; reason: string; copy: boolean }>({
    exitCode: ExitCode.image,
    about: 'The list of the images in the store is gone or damaged. Nothing is removed before it is repaired.',
    message: ({ path, reason }) => `${path}, the list of all images in the store, ${reason}`,
    hint: ({ copy }) =>
      copy
        ? '`sealer store check --repair` restores it from the copy beside it'
        : '`sealer store check --repair` looks for images among the blobs and names them anew',
  }),
  STORE_NOT_COLLECTED: error<{ name: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'Which blobs an image needs cannot be read, so blobs that nobody needs could not be told from its own.',
    message: ({ name, reason }) => `no blob was removed, since it cannot be read what ${name} needs: ${reason}`,
    hint: '`sealer store check --repair` fetches again what a registry has; or give the image up with `sealer rmi`',
  }),
  STORE_DAMAGED: error<{ directory: string; problems: number; repaired: boolean }>({
    exitCode: ExitCode.image,
    about: 'A check of the image store found damage, or a repair could not mend all of it.',
    message: ({ directory, problems, repaired }) =>
      `the image store ${directory} has ${problems} ${problems === 1 ? 'problem' : 'problems'}${repaired ? ' left' : ''}`,
    hint: ({ repaired }) =>
      repaired
        ? 'pull, load or build the images that are hit again; `sealer rmi` removes those that are given up'
        : '`sealer store check --repair` fetches again what a registry has',
  }),
  STORE_UNREADABLE: error<{ path: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'The image store, or an OCI layout given as a source, cannot be read.',
    message: ({ path, reason }) => `${path} is not a readable OCI layout: ${reason}`,
    hint: 'name a folder or archive with an oci-layout file and an index.json',
  }),
  IMAGE_REFERENCE_INVALID: error<{ text: string; reason: string }>({
    exitCode: ExitCode.usage,
    about: 'An image name is not of the form [domain/]path[:tag][@digest].',
    message: ({ text, reason }) => `${JSON.stringify(text)} is not an image reference: ${reason}`,
    hint: 'write it like registry.example/shop:1.0, shop:1.0 or shop@sha256:<64 hex digits>',
  }),
  IMAGE_NOT_FOUND: error<{ reference: string; similar: readonly string[] }>({
    exitCode: ExitCode.image,
    about: 'No image in the store has this name or digest.',
    message: ({ reference }) => `no image ${JSON.stringify(reference)} in the image store`,
    hint: ({ reference, similar }) => {
      const first =
        similar.length > 0
          ? `did you mean ${similar.join(' or ')}?`
          : 'build, load or pull it first; `sealer images` lists what is there';
      if (namesRegistry(reference) || /^(sha256:)?[0-9a-f]+$/.test(reference)) return first;
      return `${first}; a name without a registry is looked for here alone, so to have it pulled write registry.example/${reference}`;
    },
  }),
  IMAGE_AMBIGUOUS: error<{ reference: string; digests: readonly string[] }>({
    exitCode: ExitCode.usage,
    about: 'A digest prefix fits several images.',
    message: ({ reference, digests }) => `${reference} fits ${digests.length} images: ${digests.join(', ')}`,
    hint: 'give more digits of the digest, or a name',
  }),
  IMAGE_NOT_CLUSTER: error<{ reference: string; seen: string }>({
    exitCode: ExitCode.image,
    about: 'An image is not a cluster image made by sealer.',
    message: ({ reference, seen }) => `${reference} is not a cluster image: ${seen}`,
    hint: 'name an image that `sealer build` made; container images belong into manifests/imageList',
  }),
  IMAGE_MANIFEST_INVALID: error<{ digest: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'A manifest, index or config is not what the OCI image specification asks for.',
    message: ({ digest, reason }) => `${digest} is not a valid image document: ${reason}`,
    hint: 'get or build the image again; images of Docker schema 1 have to be converted first',
  }),
  DELTA_BASE_MISSING: error<{ image: string; base: string; digest: string }>({
    exitCode: ExitCode.image,
    about: 'A delta archive was loaded where the image it builds on is not, or not whole.',
    message: ({ image, base, digest }) =>
      `the archive holds only what ${image} has beyond ${base} (${digest}), which is not in the local store`,
    hint: ({ base }) => `load or pull ${base} first, or save the image without --base`,
  }),
  IMAGE_TOO_MANY_BLOBS: error<{ blobs: number; size: number; limit: number }>({
    exitCode: ExitCode.image,
    about:
      'A cluster image carries more blobs than a manifest of 4 MiB, the most registries take, can name (about 19,000).',
    message: ({ blobs, size, limit }) =>
      `the manifest would name ${blobs} blobs in ${size} bytes; registries take ${limit} bytes`,
    hint: 'carry fewer container images, or spread them over several cluster images',
  }),
  IMAGE_MERGE_CONFLICT: error<{ what: string; name: string; first: string; second: string }>({
    exitCode: ExitCode.image,
    about: 'Images that are to be merged say different things of one name.',
    message: ({ what, name, first, second }) => `${what} ${name} is not the same in ${first} and ${second}`,
    hint: 'build one of the images anew with the other name or version, or leave one of them out',
  }),
  IMAGE_INCOMPLETE: error<{ reference: string; missing: string; platform?: Platform | undefined }>({
    exitCode: ExitCode.image,
    about: 'An image of several platforms is here for some of them only.',
    message: ({ reference, missing, platform }) =>
      `${reference} names ${platform ? `${platform.os}/${platform.architecture} as ` : ''}${missing}, which is not in the local store`,
    hint: ({ reference }) => `bring all platforms here first: sealer pull --all-platforms ${reference}`,
  }),
  IMAGE_PLATFORM_MISSING: error<{ reference: string; wanted: string; available: readonly string[] }>({
    exitCode: ExitCode.image,
    about: 'An image index has no manifest for the platform that is asked for.',
    message: ({ reference, wanted, available }) =>
      `${reference} has no image for ${wanted}; it has ${available.join(', ') || 'none'}`,
    hint: 'choose another image or platform',
  }),
  PLATFORM_UNKNOWN: error<{ text: string; reason: string }>({
    exitCode: ExitCode.usage,
    about:
      'What should be a platform is none: its system, architecture or variant does not exist, or cannot be built for.',
    message: ({ text, reason }) => `${JSON.stringify(text)} is no platform: ${reason}`,
    hint: 'write OS/ARCH, such as linux/amd64, linux/arm64 or linux/arm/v7',
  }),
  IMAGE_LIST_INVALID: error<{ text: string; reason: string }>({
    exitCode: ExitCode.config,
    about: 'A line of a list of container images cannot be understood.',
    message: ({ text, reason }) => `${JSON.stringify(text)}: ${reason}`,
    hint: 'write `name[@digest]`, if need be followed by ` from oci:PATH[:REF]`, ` from oci-archive:PATH` or ` from docker-archive:PATH`',
  }),
  BUNDLE_SOURCE_AMBIGUOUS: error<{ name: string; source: string; candidates: readonly string[] }>({
    exitCode: ExitCode.config,
    about: 'A layout or archive holds several images, or none, and it is not clear which one is meant.',
    message: ({ name, source, candidates }) =>
      candidates.length === 0
        ? `${source}, named as the source of ${name}, does not hold it`
        : `${source} holds ${candidates.length} images and it is not clear which is ${name}: ${candidates.join(', ')}`,
    hint: 'name one of them: `from oci:PATH:REF`',
  }),
  BUNDLE_SOURCE_MISSING: error<{ name: string; source: string }>({
    exitCode: ExitCode.config,
    about: 'The layout or archive a container image should come from is not there.',
    message: ({ name, source }) => `${source}, named as the source of ${name}, does not exist`,
    hint: 'paths in an image list are relative to the build context',
  }),
  BUNDLE_DIGEST_MISMATCH: error<{ name: string; expected: string; actual: string; source: string }>({
    exitCode: ExitCode.image,
    about: 'A bundled container image is not the one its digest in the list says.',
    message: ({ name, expected, actual, source }) => `${name} from ${source} has digest ${actual}, not ${expected}`,
    hint: 'correct the digest in the image list, or the source',
  }),
  ARCHIVE_INVALID: error<{ archive: string; reason: string }>({
    exitCode: ExitCode.image,
    about: 'An image archive is damaged, cut off, or holds what an image archive must not hold.',
    message: ({ archive, reason }) => `${archive} is not a usable image archive: ${reason}`,
    hint: 'nothing of it was given a name; copy or save the archive again',
  }),
  ARCHIVE_NOT_WRITTEN: error<{ archive: string; reason: string; left: boolean }>({
    exitCode: ExitCode.image,
    about:
      'An image archive could not be written: no room, no right, no such folder, or a pipe whose reader went away.',
    message: ({ archive, reason }) => `${archive} could not be written: ${reason}`,
    hint: ({ left }) =>
      `${left ? 'what has been written is no whole archive: throw it away' : 'nothing is left of it'}; name another place, or make room there, and save again`,
  }),
  ARCHIVE_UNSUPPORTED: error<{ archive: string; seen: string }>({
    exitCode: ExitCode.image,
    about: 'An archive is of a format or compression that cannot be read.',
    message: ({ archive, seen }) => `${archive} is ${seen}, which cannot be read`,
    hint: 'give a tar archive, plain or compressed by gzip or zstd; for zstd, install the program of that name',
  }),
});
