import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';

export default class Tag extends BaseCommand {
  static override description = 'Give an image a further name.';
  static override examples = ['<%= config.bin %> tag shop:1.0 registry.example/shop:1.0'];
  static override args = {
    image: Args.string({ description: 'name or digest', required: true }),
    name: Args.string({ description: 'the new name', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Tag);
    this.begin(flags);
    const { tagImage } = await import('@sealer/core/images');
    const tagged = await tagImage(await this.openStore(), args.image, args.name);
    this.result(tagged, flags.quiet ? '' : `${tagged.name} is ${tagged.descriptor.digest}`);
  }
}
