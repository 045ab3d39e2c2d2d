import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { platformFlag } from '../flags/platform.js';
import { registryAccess, registryFlags } from '../flags/registry-flags.js';
import { pullTrustFlags, trustDeclaration } from '../flags/trust-flags.js';
import { bytes } from '../render/format.js';

export default class Pull extends BaseCommand {
  static override description = 'Bring an image from its registry into the local store. Every blob is verified.';
  static override examples = [
    '<%= config.bin %> pull registry.example/team/shop:1.0',
    '<%= config.bin %> pull --platform linux/arm64 registry.example/team/shop:1.0',
  ];
  static override args = { image: Args.string({ description: 'name, with tag or digest', required: true }) };
  static override flags = {
    ...registryFlags,
    platform: Flags.string({ description: 'OS/ARCH[/VARIANT] to take of several (default: of this machine)' }),
    'all-platforms': Flags.boolean({ description: 'take all platforms', exclusive: ['platform'] }),
    policy: Flags.string({
      description: 'whether to ask the registry when the image is here',
      options: ['always', 'missing', 'never'],
      default: 'always',
    }),
    concurrency: Flags.integer({ description: 'blobs at a time', default: 6, min: 1 }),
    ...pullTrustFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pull);
    const emit = this.begin(flags);
    const { imageErrors, imageHere, manifestBytes, pullImage, trustSettings } = await import('@sealer/core/images');
    const store = await this.openStore();
    const platform = platformFlag(flags.platform);
    const asked = { platform, allPlatforms: flags['all-platforms'] };
    const here = flags.policy === 'always' ? undefined : await imageHere(store, args.image, asked);
    if (here) {
      const kept = { name: here.name, digest: here.descriptor.digest, receivedBytes: 0 };
      return this.result(kept, flags.quiet ? kept.digest : `${kept.name}@${kept.digest}\nis here already`);
    }
    // `never` asks for what is not there: the store's own error says so.
    if (flags.policy === 'never') {
      await manifestBytes(store, args.image, platform);
      throw imageErrors.IMAGE_INCOMPLETE({ reference: args.image, missing: 'other platforms' });
    }
    const pulled = await pullImage(store, args.image, {
      ...registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal }),
      ...(platform ? { platform } : {}),
      allPlatforms: flags['all-platforms'],
      concurrency: flags.concurrency,
      trust: await trustSettings(this.sealerHome, {}, trustDeclaration({ ...flags, policy: flags['trust-policy'] })),
      emit,
    });
    const text = `${pulled.name}@${pulled.digest}\n${bytes(pulled.receivedBytes)} of ${bytes(pulled.size)} received`;
    this.result(pulled, flags.quiet ? pulled.digest : text);
  }
}
