import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { bytes } from '../render/format.js';

export default class Rmi extends BaseCommand {
  static override description = 'Remove images from the local store, with the blobs no other image uses.';
  static override examples = ['<%= config.bin %> rmi shop:1.0'];
  static override strict = false;
  static override args = { images: Args.string({ description: 'names or digests', required: true }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Rmi);
    this.begin(flags);
    const store = await this.openStore();
    // Named wrongly, none is removed.
    const { lookUpImages } = await import('@sealer/core/images');
    await lookUpImages(store, argv as string[]);
    const results = [];
    for (const image of argv as string[]) results.push(await store.remove(image));
    this.result(
      results,
      flags.quiet
        ? ''
        : results
            .map(
              ({ untagged, deletedBlobs, freedBytes, problem }) =>
                `removed ${untagged.join(', ')}; ${problem ?? `${deletedBlobs} blobs, ${bytes(freedBytes)} freed`}`,
            )
            .join('\n'),
    );
  }
}
