/** COPY and ADD: files of the context, of a here-document or of a URL, and archives that ADD unpacks, into the rootfs. */
import { join } from 'node:path';
import { contextErrors } from '../context/context-errors.js';
import type { ContextFile } from '../context/context-files.js';
import { type FoundSource, findSources } from '../context/find-sources.js';
import { entryOf, folderEntry, type Ownership } from '../context/layer-entry.js';
import type { Instruction } from '../kubefile/instructions.js';
import { Placer } from '../rootfs/place-entries.js';
import { addLayer } from './add-layer.js';
import type { BuildState } from './build-state.js';
import type { ExecuteOptions, Fill } from './execute-options.js';
import { fetchSource } from './fetch-source.js';
import { ownership } from './ownership.js';
import { unpackArchive } from './unpack-archive.js';
import { writeDocument } from './write-document.js';

type CopyInstruction = Extract<Instruction, { keyword: 'COPY' | 'ADD' }>;

export async function copyInstruction(
  instruction: CopyInstruction,
  state: BuildState,
  options: ExecuteOptions & { fill: Fill },
): Promise<void> {
  const { fill } = options;
  const tree = await state.view.tree(state.layers, options);
  const { chown, chmod } = instruction;
  const filled = { chown: chown && fill(chown), chmod: chmod && fill(chmod) };
  const owned = await ownership(filled, (path) => state.view.text(state.layers, path));
  const destination = fill(instruction.destination);
  const placer = new Placer(tree, destination, owned);
  const several = instruction.sources.length + (instruction.documents?.length ?? 0) > 1;
  if (several && !placer.takesSeveral)
    throw contextErrors.BUILD_TARGET_CONFLICT({
      path: destination,
      there: 'no folder',
      needed: 'one for several sources',
    });
  const copier = new Copier(instruction, placer, owned, filled, options);
  for (const source of instruction.sources) await copier.copy(fill(source));
  for (const document of instruction.documents ?? []) {
    const text = document.expand ? fill(document.text, { quotes: false }) : document.text;
    const file = await writeDocument(document.name, text, options.downloads);
    // Its name is its content's, so that the time of writing says nothing.
    placer.file(document.name, { ...entryOf(file, undefined, owned), stamp: '', changedAt: 0 });
  }
  await addLayer(placer.entries, instruction.text, tree, state, options);
}

class Copier {
  constructor(
    private readonly instruction: CopyInstruction,
    private readonly placer: Placer,
    private readonly owned: Ownership,
    private readonly said: { chown: string | undefined; chmod: string | undefined },
    private readonly options: ExecuteOptions & { fill: Fill },
  ) {}

  async copy(source: string): Promise<void> {
    const { placer, instruction, options } = this;
    const isAdd = instruction.keyword === 'ADD';
    if (isAdd && isUrl(source)) {
      const checksum = instruction.checksum === undefined ? undefined : options.fill(instruction.checksum);
      const { downloads: directory, signal, emit } = options;
      const file = await fetchSource(source, checksum, { directory, signal, emit });
      if (instruction.unpack === true && (await this.#unpack(file))) return;
      // Docker gives fetched files 0600; in a rootfs that every tool of a host reads, 0644 is what is meant.
      const mode = this.owned.mode ?? (() => 0o644);
      placer.file(file.path, entryOf(file, undefined, { ...this.owned, mode }));
      return;
    }
    const found = await findSources(options.context, source);
    for (const one of found) {
      if (isAdd && instruction.unpack !== false && one.file?.stats.isFile() && (await this.#unpack(one.file))) continue;
      this.#place(one, found.length > 1);
    }
  }

  #place(found: FoundSource, several: boolean): void {
    const { placer, owned, options } = this;
    const files = [found.file, ...found.below.map(({ file }) => file)];
    const special = files.filter((file) => file?.stats.isFile() && (file.stats.mode & 0o6000n) !== 0n && !owned.mode);
    if (special.length > 0) {
      const text = `${special[0]?.path}${special.length > 1 ? ` and ${special.length - 1} more files` : ''}: setuid and setgid bits of the context are not kept; say --chmod=4755, or the like`;
      options.emit?.({ type: 'message', level: 'warning', code: 'BUILD_MODE_NOT_KEPT', text });
    }
    placer.source(found, (file, target) => (file ? entryOf(file, target, owned) : folderEntry(owned)), several);
  }

  /** @returns false for what is no archive */
  async #unpack(file: ContextFile): Promise<boolean> {
    const { placer, owned, said, options } = this;
    const archive = await unpackArchive(file, join(options.run.stateDirectory, 'archives'), options.signal);
    if (!archive) return false;
    if (archive.attributes > 0) {
      const text = `${file.path}: extended attributes of ${archive.attributes} files are not kept`;
      options.emit?.({ type: 'message', level: 'warning', code: 'BUILD_ATTRIBUTES_NOT_KEPT', text });
    }
    placer.makeTarget();
    for (const { path, entry } of archive.entries) {
      const owner = said.chown === undefined ? {} : { uid: owned.uid, gid: owned.gid };
      const mode =
        entry.kind === 'link' ? entry.mode : (owned.mode?.(entry.mode, entry.kind === 'directory') ?? entry.mode);
      placer.archived(path, { ...entry, ...owner, mode });
    }
    return true;
  }
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
