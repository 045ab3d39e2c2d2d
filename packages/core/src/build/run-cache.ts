/**
 * Remembers which layer came of which RUN. What counts: the layers below, the command, its environment, its mounts (of a bind
 * its files; of caches and secrets only which), the network and the platform; not the isolation.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context/context-files.js';
import type { RootfsLayer } from '../image/cluster-config.js';
import type { Platform } from '../image/descriptor.js';
import { platformName } from '../image/platform.js';
import type { Instruction } from '../kubefile/instructions.js';
import type { RunMount } from '../kubefile/run-mounts.js';
import { boundFiles } from '../run/plan-mounts.js';
import { writeFileAtomic } from '../store/atomic-file.js';
import type { ImageStore } from '../store/store.js';
import type { BuildState } from './build-state.js';
import { readNote } from './layer-cache.js';

export interface RunKeyInput {
  state: Pick<BuildState, 'layers'>;
  instruction: Pick<Extract<Instruction, { keyword: 'RUN' }>, 'command' | 'network'>;
  /** Variables replaced. */
  mounts: readonly RunMount[];
  env: Readonly<Record<string, string>>;
  platform: Platform;
  context: Context;
}

export async function runKey(input: RunKeyInput): Promise<string> {
  const { state, instruction, mounts, env, platform, context } = input;
  const hash = createHash('sha256').update(`run 1 zlib ${process.versions.zlib}\n`);
  const add = (value: unknown) => hash.update(`${JSON.stringify(value)}\n`);
  add([platformName(platform), instruction.command, instruction.network]);
  add(state.layers.map(({ diffId }) => diffId));
  add(Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const mount of mounts) {
    add(mount);
    if (mount.type !== 'bind') continue;
    for (const { path, kind, mode, size, target, source } of await boundFiles(context, mount.source)) {
      add([path, kind, mode, size, target]);
      if (kind === 'file') for await (const chunk of createReadStream(source as string)) hash.update(chunk);
    }
  }
  return hash.digest('hex');
}

export class RunCache {
  constructor(
    private readonly directory: string,
    private readonly store: ImageStore,
  ) {}

  /** The layer, when it is still in the store. */
  async find(key: string): Promise<RootfsLayer | undefined> {
    const layer = await readNote(join(this.directory, `run-${key}`));
    return layer && (await this.store.blobSize(layer.digest)) === layer.size ? layer : undefined;
  }

  async keep(key: string, layer: RootfsLayer): Promise<void> {
    const path = join(this.directory, `run-${key}`);
    await mkdir(this.directory, { recursive: true });
    await writeFileAtomic(path, JSON.stringify(layer), this.directory);
  }
}
