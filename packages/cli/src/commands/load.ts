import { Errors, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';

export default class Load extends BaseCommand {
  static override description =
    'Bring the images of an archive into the local store: an oci-archive (whole, in parts, or a delta) or a docker-archive; plain, gzip or zstd. Every blob is verified, and no image gets its name before all of the archive is read.';
  static override examples = [
    '<%= config.bin %> load -i shop.tar',
    '<%= config.bin %> load -i /media/shop.tar.part001',
    '<%= config.bin %> load -i from-skopeo.tar --tag shop:1.0',
    'ssh build-machine sealer save shop:1.0 | <%= config.bin %> load',
  ];
  static override flags = {
    input: Flags.string({ char: 'i', description: 'the archive (default: standard input, -)', default: '-' }),
    tag: Flags.string({ char: 't', description: 'name of the image, where the archive holds one' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Load);
    const emit = this.begin(flags);
    if (flags.input === '-' && process.stdin.isTTY)
      throw new Errors.CLIError('no archive comes from a terminal: name one with -i, or send it by a pipe', {
        exit: 2,
      });
    const { loadImages } = await import('@sealer/core/images');
    const images = await loadImages(await this.openStore(), flags.input === '-' ? process.stdin : flags.input, {
      name: flags.tag,
      signal: this.abort.signal,
      emit,
    });
    this.result(images, images.map((image) => image.name).join('\n'));
  }
}
