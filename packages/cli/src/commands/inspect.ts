import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';

export default class Inspect extends BaseCommand {
  static override description = 'Show what is in a cluster image: config, layers, bundled container images.';
  static override examples = ['<%= config.bin %> inspect shop:1.0'];
  static override args = { image: Args.string({ description: 'name or digest', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect);
    this.begin(flags);
    const { inspectImage } = await import('@sealer/core/images');
    const found = await inspectImage(await this.openStore(), args.image);
    this.result(found, JSON.stringify(found, undefined, 2));
  }
}
