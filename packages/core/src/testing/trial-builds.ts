/** Builds Kubefiles over each other in a folder of their own, and shows what is in the rootfs then. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildImage } from '../build/build-image.js';
import type { Emit } from '../events/events.js';
import type { RootfsLayer } from '../image/cluster-config.js';
import { checkLayer } from '../rootfs/check-layer.js';
import { layerBytes } from '../rootfs/layer-bytes.js';
import { rootfsFiles } from '../rootfs/rootfs-files.js';
import type { ImageStore } from '../store/store.js';

export type Files = Record<string, string | Buffer>;

export class TrialBuilds {
  #contexts = 0;

  constructor(
    readonly folder: string,
    readonly store: ImageStore,
  ) {}

  /** A value `-> target` makes a link. */
  async context(files: Files, kubefile: string): Promise<string> {
    this.#contexts += 1;
    const context = join(this.folder, `context-${this.#contexts}`);
    await mkdir(context);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(context, path)), { recursive: true });
      const target = /^-> (.*)$/.exec(content.toString('latin1'))?.[1];
      if (target !== undefined) await symlink(target, join(context, path));
      else await writeFile(join(context, path), content);
    }
    await writeFile(join(context, 'Kubefile'), kubefile);
    return context;
  }

  /** @returns the layers */
  async build(tag: string, files: Files, lines: string, from = 'scratch'): Promise<RootfsLayer[]> {
    return await this.buildIn(await this.context(files, `FROM ${from}\n${lines}\n`), { tag });
  }

  async buildIn(
    context: string,
    options: { tag?: string; kubefile?: string; store?: ImageStore; stateDirectory?: string; emit?: Emit } = {},
  ): Promise<RootfsLayer[]> {
    const { store } = this;
    const stateDirectory = join(this.folder, 'build');
    const common = { type: 'app-installer' as const, discover: false, store, stateDirectory };
    const { name } = await buildImage({ ...common, context, tag: 'test:1', ...options });
    return (await store.open(name)).config.rootfs;
  }

  /** `path mode owner`, or of a link its target. Every layer is checked as by who unpacks it. */
  async rootfs(layers: readonly RootfsLayer[]): Promise<string[]> {
    const { store } = this;
    let files = new Map<string, Awaited<ReturnType<typeof rootfsFiles>> extends Map<string, infer F> ? F : never>();
    for (const [index, layer] of layers.entries()) {
      const of = (kind: string) => new Set([...files].filter(([, file]) => file.kind === kind).map(([path]) => path));
      await checkLayer(layerBytes(store, layer), layer.digest, { links: of('symlink'), folders: of('directory') });
      const digests = layers.slice(0, index + 1).map(({ digest }) => digest);
      files = await rootfsFiles(store, digests);
    }
    return [...files]
      .map(([path, { kind, mode, owner, target }]) => {
        const name = kind === 'directory' ? `${path}/` : path;
        return kind === 'symlink' ? `${path} -> ${target}` : `${name} ${mode.toString(8)} ${owner}`;
      })
      .sort();
  }
}
