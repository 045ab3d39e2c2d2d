import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { platformFlag } from '../flags/platform.js';
import { bytes, table } from '../render/format.js';

export default class History extends BaseCommand {
  static override description = 'Show the layers of a cluster image, and the instruction that made each.';
  static override examples = ['<%= config.bin %> history shop:1.0'];
  static override args = { image: Args.string({ description: 'name or digest', required: true }) };
  static override flags = { platform: Flags.string({ description: 'OS/ARCH of an image for several' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(History);
    this.begin(flags);
    const { inspectImage } = await import('@sealer/core/images');
    const platform = platformFlag(flags.platform);
    const { config } = await inspectImage(await this.openStore(), args.image, platform);
    const rows = config.rootfs.map(({ digest, size, createdBy }) => [digest.slice(7, 19), bytes(size), createdBy]);
    this.result(config.rootfs, table([['LAYER', 'SIZE', 'CREATED BY'], ...rows]));
  }
}
