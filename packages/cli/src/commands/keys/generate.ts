import { rm, stat } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { newKeyPassword } from '../../flags/key-password.js';

export default class KeysGenerate extends BaseCommand {
  static override description =
    'Make a key pair for signing images: an encrypted private key and a public key. The files are those of `cosign generate-key-pair`.';
  static override examples = [
    '<%= config.bin %> keys generate',
    'cat password | <%= config.bin %> keys generate --output release --password-stdin',
  ];
  static override flags = {
    output: Flags.string({ char: 'o', description: 'writes OUTPUT.key and OUTPUT.pub', default: 'sealer' }),
    'password-stdin': Flags.boolean({ description: 'read the password of the private key from standard input' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(KeysGenerate);
    this.begin(flags);
    const { generateKeyPair, trustErrors, writeOutput } = await import('@sealer/core/images');
    const files = { privateKey: `${flags.output}.key`, publicKey: `${flags.output}.pub` };
    for (const path of Object.values(files))
      if (await stat(path).catch(() => undefined)) throw trustErrors.TRUST_KEY_EXISTS({ path });
    const { privatePem, publicPem, id } = await generateKeyPair(await newKeyPassword(flags['password-stdin']));
    await writeOutput(files.privateKey, privatePem, { mode: 0o600, exclusive: true });
    await writeOutput(files.publicKey, publicPem, { mode: 0o644, exclusive: true }).catch(async (cause) => {
      // Nothing is signed by it yet; a pair or nothing.
      await rm(files.privateKey, { force: true });
      throw cause;
    });
    const text = `${files.privateKey}  private, encrypted: keep it\n${files.publicKey}  public: give it to who runs your images`;
    this.result({ ...files, id }, flags.quiet ? '' : text);
  }
}
