import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { parsePlatform } from '../flags/platform.js';
import { describeImage } from '../render/image.js';

export default class Inspect extends BaseCommand {
  static override description =
    'Show what is in a cluster image: applications, versions, layers, bundled container images. With --json everything, as one object.';
  static override examples = [
    '<%= config.bin %> inspect shop:1.0',
    '<%= config.bin %> inspect shop:1.0 --json',
    '<%= config.bin %> inspect shop:1.0 --platform linux/arm64',
    '<%= config.bin %> inspect shop:1.0 --raw | sha256sum',
  ];
  static override args = { image: Args.string({ description: 'name or digest', required: true }) };
  static override flags = {
    platform: Flags.string({ description: 'OS/ARCH of an image for several' }),
    raw: Flags.boolean({
      description:
        'print the manifest or index byte for byte, of container images too; with --platform the manifest for that one',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect);
    this.begin(flags);
    const { inspectImage, manifestBytes } = await import('@sealer/core/images');
    const platform = flags.platform ? parsePlatform(flags.platform) : undefined;
    if (flags.raw) {
      process.stdout.write(await manifestBytes(await this.openStore(), args.image, platform));
      return;
    }
    const found = await inspectImage(await this.openStore(), args.image, platform);
    this.result(found, describeImage(found));
  }
}
