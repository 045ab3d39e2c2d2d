/** Finds the files of an image that a path of a shell line means: wildcards, and parts that are known only when it runs. */
import { posix } from 'node:path';
import { inFolder } from './applied.js';
import { unknown } from './shell-words.js';

/** What the line fetches from elsewhere. */
export const fetched = /^(https?|oci|git|ssh|s3|gs)(\+\w+)?:(\/\/|:)|^git@|^github\.com\//;

export interface PathMatch {
  /** Undefined when it is a folder. */
  files?: readonly string[];
  folder?: string;
}

export class PathFinder {
  readonly #folders = new Set<string>(['']);
  readonly #known: ReadonlySet<string>;

  constructor(private readonly paths: readonly string[]) {
    this.#known = new Set(paths);
    for (const path of paths)
      for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) this.#folders.add(folder);
  }

  /** @param folders where it may be meant from; the first in which it is found counts */
  find(path: string, folders: readonly string[]): PathMatch | undefined {
    for (const folder of new Set(folders))
      for (const candidate of candidates(inFolder(folder, path))) {
        const found = this.#at(candidate);
        if (found) return found;
      }
    return undefined;
  }

  /** What `kubectl apply -f FOLDER` takes. */
  manifestsIn(folder: string | undefined, recursive: boolean): string[] {
    if (folder === undefined) return [];
    const below = folder === '' ? '' : `${folder}/`;
    return this.paths.filter(
      (path) =>
        path.startsWith(below) &&
        /\.(ya?ml|json)(\.tmpl)?$/.test(path) &&
        (recursive || !path.slice(below.length).includes('/')),
    );
  }

  /** `../x`, `./x`, `a/x.tgz`: not the name of a chart in a repository that was added before. */
  isLocal(path: string): boolean {
    const [first = '', ...more] = path.split('/');
    return /^[./\u0001]|\.tgz$/.test(path) || more.length !== 1 || this.#folders.has(first);
  }

  /** For people. */
  readable(path: string): string {
    return path.replaceAll(unknown, '$...');
  }

  #at(path: string): PathMatch | undefined {
    if (!/[*?[\u0001]/.test(path)) {
      // A template is written out without its ending before anything is applied.
      const files = [path, `${path}.tmpl`].filter((one) => this.#known.has(one));
      if (files.length > 0) return { files };
      return this.#folders.has(path) ? { folder: path } : undefined;
    }
    // Nothing but what is not known could be anything.
    if (!/[\w]/.test(path.replaceAll(unknown, ''))) return undefined;
    const pattern = new RegExp(`^${source(path)}(\\.tmpl)?$`);
    const files = this.paths.filter((one) => pattern.test(one));
    if (files.length > 0) return { files };
    const folder = [...this.#folders].find((one) => pattern.test(one));
    return folder === undefined ? undefined : { folder };
  }
}

/** A path on the host is one of the image behind `rootfs/`. */
function candidates(path: string): string[] {
  const inside = /(?:^|\/)rootfs\/(.+)$/.exec(path)?.[1];
  return inside === undefined ? [path] : [path, inside];
}

function source(path: string): string {
  const leading = path.startsWith(`${unknown}/`);
  const rest = leading ? path.slice(2) : path;
  const text = rest
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+|\u0001+/g, '[^/]*')
    .replace(/\?/g, '[^/]');
  return `${leading ? '(?:.*/)?' : ''}${text}`;
}
