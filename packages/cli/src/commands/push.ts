import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { registryAccess, registryFlags } from '../flags/registry-flags.js';
import { bytes } from '../render/format.js';

export default class Push extends BaseCommand {
  static override description =
    'Send an image to its registry. Only blobs the registry lacks are sent; a cut connection goes on where it was.';
  static override examples = [
    '<%= config.bin %> push registry.example/team/shop:1.0',
    '<%= config.bin %> push shop:1.0 registry.example/team/shop:1.0',
  ];
  static override args = {
    image: Args.string({ description: 'name or digest of an image in the local store', required: true }),
    name: Args.string({ description: 'name in the registry (default: the same)' }),
  };
  static override flags = {
    ...registryFlags,
    concurrency: Flags.integer({ description: 'blobs at a time', default: 6, min: 1 }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Push);
    const emit = this.begin(flags);
    const { pushImage } = await import('@sealer/core/images');
    const access = registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal });
    const options = { ...access, to: args.name, emit, concurrency: flags.concurrency };
    const pushed = await pushImage(await this.openStore(), args.image, options);
    const how = pushed.sent === 0 ? 'nothing had to be sent' : `${pushed.sent} blobs sent (${bytes(pushed.sentBytes)})`;
    const text = `${pushed.name}@${pushed.digest}\n${how}, ${pushed.present} were there`;
    this.result(pushed, flags.quiet ? pushed.digest : text);
  }
}
