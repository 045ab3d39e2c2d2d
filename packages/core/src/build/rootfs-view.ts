/** The rootfs of a build as it is at an instruction: which files there are, and what small ones say. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Emit } from '../events/events.js';
import type { RootfsLayer } from '../image/cluster-config.js';
import { layerBytes } from '../rootfs/layer-bytes.js';
import { LayerInventories, treeRow } from '../rootfs/layer-inventory.js';
import { layerItem } from '../rootfs/layer-item.js';
import { RootfsTree, type TreeRow } from '../rootfs/rootfs-tree.js';
import type { BlobStore } from '../store/store.js';
import { readTar } from '../tar/read-tar.js';

/** Lists of users have a few KiB. */
const textLimit = 1024 * 1024;

export class RootfsView {
  readonly #tree = new RootfsTree();
  readonly #inventories: LayerInventories;
  #laid = 0;

  /** @param directory where inventories of layers are kept */
  constructor(
    directory: string,
    private readonly store: Pick<BlobStore, 'readBlob'>,
  ) {
    this.#inventories = new LayerInventories(directory, store);
  }

  /** @param layers of the rootfs so far. What changes the tree has a layer of its own. */
  async tree(
    layers: readonly RootfsLayer[],
    options: { signal?: AbortSignal | undefined; emit?: Emit | undefined } = {},
  ) {
    for (; this.#laid < layers.length; this.#laid += 1) {
      const layer = layers[this.#laid] as RootfsLayer;
      const onRead = () => {
        const text = `  reading what layer ${this.#laid + 1} of ${layers.length} holds`;
        options.emit?.({ type: 'message', level: 'info', text });
      };
      this.#tree.lay(await this.#inventories.of(layer, { signal: options.signal, onRead }), layer);
    }
    return this.#tree;
  }

  /** The newest layer is what was put into the tree. */
  async keep(layer: RootfsLayer, rows: () => TreeRow[]): Promise<void> {
    this.#laid += 1;
    await this.remember(layer, rows);
  }

  /** What a layer holds, from who has read it anyway. */
  async remember({ digest }: RootfsLayer, rows: () => TreeRow[]): Promise<void> {
    await this.#inventories.keep(digest, rows);
  }

  /** The text of a file; undefined where there is none. */
  async text(layers: readonly RootfsLayer[], path: string): Promise<string | undefined> {
    const tree = await this.tree(layers);
    const at = tree.resolve(path);
    const { content } = tree.get(at) ?? {};
    if (!content) return undefined;
    if ('source' in content) return await readFile(content.source, 'utf8');
    for await (const entry of readTar(layerBytes(this.store, content.layer))) {
      const item = layerItem(entry);
      if (treeRow(item, content.layer.digest)[0] !== at || item.size > textLimit) continue;
      return (await buffer(Readable.from(item.content))).toString('utf8');
    }
    return undefined;
  }
}
