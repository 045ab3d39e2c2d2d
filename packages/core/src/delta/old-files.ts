/** Finds for a file of a new layer the file of the base that it is, or that it may have been made from. */
import type { Digest } from '../image/descriptor.js';
import type { TarFile } from './tar-inventory.js';

export interface OldFile extends TarFile {
  layer: Digest;
}

/** Below, patching costs more than it spares. */
const smallest = 4096;

export class OldFiles {
  readonly #byContent = new Map<string, OldFile[]>();
  readonly #byPath = new Map<string, OldFile[]>();
  readonly #byName = new Map<string, OldFile[]>();

  add(layer: Digest, files: readonly TarFile[]): void {
    for (const file of files) {
      const old: OldFile = { ...file, layer };
      append(this.#byContent, file.content, old);
      append(this.#byPath, file.path, old);
      append(this.#byName, nameOf(file.path), old);
    }
  }

  /** With the same bytes: the one at the same path when there is one. */
  same({ content, path }: TarFile): OldFile | undefined {
    const found = this.#byContent.get(content);
    return found?.find((old) => old.path === path) ?? found?.[0];
  }

  /** At the same path, else of the same name; of several the one whose size is nearest. */
  like(file: TarFile): OldFile | undefined {
    if (file.size < smallest) return undefined;
    const found = this.#byPath.get(file.path) ?? this.#byName.get(nameOf(file.path)) ?? [];
    const distance = (old: OldFile) => Math.abs(old.size - file.size);
    return found
      .filter(({ size }) => size >= smallest)
      .reduce<OldFile | undefined>((best, old) => (best && distance(best) <= distance(old) ? best : old), undefined);
  }
}

function append(map: Map<string, OldFile[]>, key: string, file: OldFile): void {
  const list = map.get(key);
  if (list) list.push(file);
  else map.set(key, [file]);
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
