import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { parsePlatform } from '../flags/platform.js';
import { bytes } from '../render/format.js';

export default class Diff extends BaseCommand {
  static override description = 'Show what changed from one cluster image to another, and how much of it is new.';
  static override examples = ['<%= config.bin %> diff shop:1.0 shop:1.1'];
  static override args = {
    from: Args.string({ description: 'the older image', required: true }),
    to: Args.string({ description: 'the newer image', required: true }),
  };
  static override flags = { platform: Flags.string({ description: 'OS/ARCH of images for several' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Diff);
    this.begin(flags);
    const { diffImages } = await import('@sealer/core/images');
    const platform = flags.platform ? parsePlatform(flags.platform) : undefined;
    const found = await diffImages(await this.openStore(), args.from, args.to, platform);
    const short = (text: string | undefined) => text?.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
    const lines = found.changes.map(({ what, name, before, after }) => {
      if (before === undefined) return `+ ${what} ${name}: ${short(after)}`;
      if (after === undefined) return `- ${what} ${name}: ${short(before)}`;
      return `~ ${what} ${name}: ${short(before)} -> ${short(after)}`;
    });
    const summary =
      found.changes.length === 0 ? 'no difference' : `${bytes(found.newBytes)} of ${bytes(found.bytes)} are new`;
    this.result(found, [...lines, summary].join('\n'));
  }
}
