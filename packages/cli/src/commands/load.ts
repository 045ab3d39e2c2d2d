import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';

export default class Load extends BaseCommand {
  static override description =
    'Bring the images of an archive into the local store: plain, gzip or zstd, in one file or parts. Every blob is verified.';
  static override examples = [
    '<%= config.bin %> load -i shop.tar',
    '<%= config.bin %> load -i /media/shop.tar.part001',
  ];
  static override flags = { input: Flags.string({ char: 'i', description: 'the archive', required: true }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(Load);
    const emit = this.begin(flags);
    const { loadImages } = await import('@sealer/core/images');
    const images = await loadImages(await this.openStore(), flags.input, { signal: this.abort.signal, emit });
    this.result(images, images.map((image) => image.name).join('\n'));
  }
}
