import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { parseSize } from '../flags/size.js';
import { bytes } from '../render/format.js';

export default class Save extends BaseCommand {
  static override description =
    'Write images into one archive (oci-archive): whole, in parts, or only what is new against an image that is there already. Blobs that images share are in it once.';
  static override examples = [
    '<%= config.bin %> save shop:1.0 -o shop.tar',
    '<%= config.bin %> save shop:1.0 -o shop.tar.zst --compress zstd',
    '<%= config.bin %> save shop:1.0 -o /media/shop.tar --split 4G',
    '<%= config.bin %> save --base shop:1.0 shop:1.1 -o update.tar',
  ];
  static override strict = false;
  static override args = { images: Args.string({ description: 'names or digests', required: true }) };
  static override flags = {
    output: Flags.string({ char: 'o', description: 'the archive to write', required: true }),
    compress: Flags.string({
      description: 'compress the archive (most of it is compressed already); zstd needs the program of that name',
      options: ['none', 'gzip', 'zstd'] as const,
      default: 'none',
    }),
    split: Flags.string({ description: 'cut into parts of this size, such as 4G or 700M' }),
    base: Flags.string({ description: 'leave out what this image has: a delta for who has it already' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Save);
    const emit = this.begin(flags);
    const { saveImages } = await import('@sealer/core/images');
    const saved = await saveImages(await this.openStore(), argv as string[], flags.output, {
      compress: flags.compress as 'none' | 'gzip' | 'zstd',
      splitBytes: flags.split === undefined ? undefined : parseSize(flags.split),
      base: flags.base,
      signal: this.abort.signal,
      emit,
    });
    const left = saved.baseBytes > 0 ? `, ${bytes(saved.baseBytes)} left to ${flags.base}` : '';
    this.result(saved, flags.quiet ? '' : `${saved.files.join('\n')}\n${bytes(saved.bytes)}${left}`);
  }
}
