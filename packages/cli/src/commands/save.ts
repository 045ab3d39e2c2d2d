import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { bytes } from '../render/format.js';

export default class Save extends BaseCommand {
  static override description = 'Write images into one archive (oci-archive); blobs they share are in it once.';
  static override examples = [
    '<%= config.bin %> save shop:1.0 -o shop.tar',
    '<%= config.bin %> save shop:1.0 -o shop.tar.gz --compress',
  ];
  static override strict = false;
  static override args = { images: Args.string({ description: 'names or digests', required: true }) };
  static override flags = {
    output: Flags.string({ char: 'o', description: 'the archive to write', required: true }),
    compress: Flags.boolean({ description: 'gzip the archive (most of it is compressed already)' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Save);
    const emit = this.begin(flags);
    const { saveImages } = await import('@sealer/core/images');
    const saved = await saveImages(await this.openStore(), argv as string[], flags.output, {
      ...(flags.compress ? { compress: 'gzip' as const } : {}),
      signal: this.abort.signal,
      emit,
    });
    this.result(saved, flags.quiet ? '' : `${flags.output}: ${bytes(saved.bytes)}`);
  }
}
