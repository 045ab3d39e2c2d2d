import { readFile } from 'node:fs/promises';
import { Args, Flags } from '@oclif/core';
import type { SignatureForm } from '@sealer/core/images';
import { BaseCommand } from '../base-command.js';
import { keyPassword } from '../flags/key-password.js';
import { registryAccess, registryFlags } from '../flags/registry-flags.js';

export default class Sign extends BaseCommand {
  static override description =
    'Sign an image by its digest, beside the signatures it has. They go with it by push, pull, save and load, and cosign can verify them.';
  static override examples = [
    '<%= config.bin %> sign shop:1.0 --key release.key',
    'cat password | <%= config.bin %> sign shop:1.0 --key release.key --password-stdin',
    '<%= config.bin %> sign shop:1.0 --key release.key --attest',
    '<%= config.bin %> sign registry.example/team/shop:1.0 --remote --key release.key',
  ];
  static override args = { image: Args.string({ description: 'name or digest', required: true }) };
  static override flags = {
    ...registryFlags,
    key: Flags.string({ char: 'k', description: 'the private key', required: true }),
    'password-stdin': Flags.boolean({ description: 'read the password of the key from standard input' }),
    remote: Flags.boolean({ description: 'sign the image in its registry; it need not be in the local store' }),
    attest: Flags.boolean({
      description: 'vouch for the bill of materials and the provenance that are attached, too: sign them as statements',
    }),
    form: Flags.string({
      description:
        'tag: under a tag, as cosign 2 has it; bundle: as a referrer, as cosign 3 has it; default: both, or tag where others have signed by tag alone',
      options: ['tag', 'bundle', 'both'] as const,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Sign);
    this.begin(flags);
    const core = await import('@sealer/core/images');
    const pem = await readFile(flags.key, 'utf8').catch((cause: Error) => {
      throw core.trustErrors.TRUST_KEY_INVALID({ source: flags.key, reason: cause.message }, { cause });
    });
    const password = core.isEncrypted(pem) ? await keyPassword(flags.key, flags['password-stdin']) : undefined;
    const key = await core.readPrivateKey(pem, flags.key, password);
    const access = registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal });
    const place = await this.signedPlace(args.image, flags.remote ? access : undefined);
    const forms = flags.form === 'both' ? ['tag', 'bundle'] : flags.form ? [flags.form] : undefined;
    const options = { forms: forms as SignatureForm[] | undefined, attest: flags.attest };
    const signed = await core.signImage(place, key, options);
    const what = signed.added.length ? 'signed' : 'was signed by this key already';
    const beside = signed.attested ? `, with ${signed.attested} statements about it` : '';
    this.result(signed, flags.quiet ? '' : `${signed.name}@${signed.digest}\n${what}${beside}`);
  }
}
