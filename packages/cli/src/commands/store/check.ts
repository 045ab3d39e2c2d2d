import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { registryAccess, registryFlags } from '../../flags/registry-flags.js';
import { describeCheck, isLeft } from '../../render/store-check.js';

export default class StoreCheck extends BaseCommand {
  static override description =
    'Read everything in the local image store: the list of images, every blob against its digest, what is attached. Says what is damaged or missing and which images that hits; ends with an error while there is something.';
  static override examples = [
    '<%= config.bin %> store check',
    '<%= config.bin %> store check --json',
    '<%= config.bin %> store check --repair',
  ];
  static override flags = {
    ...registryFlags,
    repair: Flags.boolean({
      description:
        'restore the list from its copy, move damaged blobs aside, and fetch what is missing from the registries that the names of images and bundled images point to',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StoreCheck);
    const emit = this.begin(flags);
    const { checkStore, imageErrors, repairStore } = await import('@sealer/core/images');
    const store = await this.openStore();
    const { signal } = this.abort;
    const checked = flags.repair
      ? await repairStore(store, { ...registryAccess(flags, { sealerHome: this.sealerHome, signal }), emit })
      : await checkStore(store, { signal, emit });
    this.result(checked, flags.quiet ? '' : describeCheck(checked));
    const left = [...checked.files, ...checked.problems].filter(isLeft);
    if (left.length > 0)
      throw imageErrors.STORE_DAMAGED({ directory: store.directory, problems: left.length, repaired: flags.repair });
  }
}
