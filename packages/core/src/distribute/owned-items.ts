/** What sealer places on a host outside its own folders. Everything here is recorded first and taken back by uninstall. */
import type { Secret } from '../secrets/secret.js';

export interface OwnedFile {
  path: string;
  content: string | Secret;
  /** Permission bits, default 0o644. */
  mode?: number;
}

export interface OwnedItems {
  files?: readonly OwnedFile[];
  /** Symbolic links: path to target. */
  links?: Readonly<Record<string, string>>;
  /** One link in `into` for every file of the folder `from` (which lies in the rootfs). */
  linkEach?: { from: string; into: string };
  /** Lines added to a file that is not ours, each marked with a comment (`# sealer:<cluster>`). */
  lines?: { path: string; lines: readonly string[] };
  /** Kernel settings, also kept over reboots; the values found are put back by uninstall. */
  sysctls?: Readonly<Record<string, string>>;
  /** Folders the programs we start will make. Those that do not exist yet are removed as a whole by uninstall. */
  trees?: readonly string[];
}
