import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { pullFlag, registryFlags, withBarePull } from '../flags/registry-flags.js';

export default class Merge extends BaseCommand {
  static override description =
    'Make one image of several: images of different platforms under one index, images of the same platform laid over each other.';
  static override examples = [
    '<%= config.bin %> merge -t shop:1.0 shop:1.0-amd64 shop:1.0-arm64',
    '<%= config.bin %> merge -t all:1.0 kubernetes:v1.34.4 monitoring:2.0',
  ];
  static override strict = false;
  static override args = { images: Args.string({ description: 'names or digests, later ones win', required: true }) };
  static override flags = {
    tag: Flags.string({ char: 't', aliases: ['target'], description: 'name of the result', required: true }),
    ...registryFlags,
    ...pullFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Merge, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { mergeImages } = await import('@sealer/core/images');
    const store = await this.openStore();
    // What a registry has of several platforms is merged as a whole.
    await this.present(store, argv as string[], flags, { allPlatforms: true, emit });
    const merged = await mergeImages(store, argv as string[], flags.tag);
    const text = `${merged.name}\n${merged.descriptor.digest} (${merged.platforms.join(', ')})`;
    this.result(merged, flags.quiet ? merged.descriptor.digest : text);
  }
}
