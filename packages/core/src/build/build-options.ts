import type { ImageType } from '../image/cluster-config.js';
import type { Platform } from '../image/descriptor.js';
import type { RegistryAccess } from '../registry/connect-registry.js';
import type { PullPolicy } from '../registry/present-image.js';
import type { SecretSource } from '../run/run-secrets.js';
import type { ImageStore } from '../store/store.js';
import type { TrustSettings } from '../trust/trust-settings.js';
import type { WantedOptions } from './wanted-images.js';

export interface BuildOptions extends WantedOptions {
  /** Folder of the build context. */
  context: string;
  /** Path of the Kubefile, relative to the current folder; default `Kubefile` in the context. */
  kubefile?: string;
  tag: string;
  /** Default: that of the parent, else kube-installer. */
  type?: ImageType;
  buildArgs?: Readonly<Record<string, string>>;
  /** One image for each, under one index when there are several. Default: linux on this machine's architecture. */
  platforms?: readonly Platform[];
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  store: ImageStore;
  /** Folder for the build cache and downloads. */
  stateDirectory: string;
  noCache?: boolean;
  /** How RUN is executed: `oci` (default; also by SEALER_BUILD_ISOLATION), `crun`, `runc`, `chroot`. */
  isolation?: string | undefined;
  /** What `RUN --mount=type=secret` may ask for. */
  secrets?: readonly SecretSource[] | undefined;
  /** How registries are reached: for the image that FROM names, and its logins for the images that are carried. */
  access?: RegistryAccess | undefined;
  /** When the image that FROM names is pulled. Default: when it is missing and named with its registry. */
  pull?: PullPolicy | undefined;
  /** Whose signatures the image that FROM names must have. Default: nobody's. */
  trust?: TrustSettings | undefined;
  /** Attaches a bill of materials to the image. */
  sbom?: boolean | undefined;
  /** Attaches a record of how the image was made. */
  provenance?: boolean | undefined;
}
