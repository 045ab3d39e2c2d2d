import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { registryAccess, registryFlags } from '../flags/registry-flags.js';

export default class Verify extends BaseCommand {
  static override description =
    'Verify that an image is signed by trusted keys: those of --key, or the configured ones. Signatures of sealer and of cosign with a key are understood; no network is needed for images in the local store.';
  static override examples = [
    '<%= config.bin %> verify shop:1.0',
    '<%= config.bin %> verify shop:1.0 --key release.pub --key old-release.pub',
    '<%= config.bin %> verify shop:1.0 --key vendor.pub --key customer.pub --all',
    '<%= config.bin %> verify registry.example/team/shop:1.0 --remote --key release.pub',
  ];
  static override args = { image: Args.string({ description: 'name or digest', required: true }) };
  static override flags = {
    ...registryFlags,
    key: Flags.string({
      char: 'k',
      description: 'public key; one of several is enough',
      multiple: true,
      multipleNonGreedy: true,
    }),
    all: Flags.boolean({ description: 'every key must have signed', exclusive: ['required-signatures'] }),
    'required-signatures': Flags.integer({ description: 'how many of the keys must have signed', min: 1 }),
    remote: Flags.boolean({ description: 'look in the registry; nothing is pulled' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Verify);
    this.begin(flags);
    const core = await import('@sealer/core/images');
    const given = { policy: 'always', keys: flags.key, required: flags['required-signatures'] } as const;
    const { keys, required } = await core.trustSettings(this.sealerHome, {}, given);
    const access = registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal });
    const place = await this.signedPlace(args.image, flags.remote ? access : undefined);
    const options = { keys, required: flags.all ? keys.length : required };
    const verified = await core.verifySignatures(place, [place.root], options);
    const by = verified.keys.map(({ source, form }) => `signed by ${source} (${form})`);
    this.result(verified, flags.quiet ? '' : [`${verified.name}@${verified.digest}`, ...by].join('\n'));
  }
}
