import { Args, Errors, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { pullFlag, registryFlags, withBarePull } from '../flags/registry-flags.js';
import { parseSize } from '../flags/size.js';
import { describeSaved } from '../render/saved.js';

/** Smaller parts only make many files. */
const leastPart = 2 ** 20;

export default class Save extends BaseCommand {
  static override description =
    'Write images into one archive (oci-archive): whole, in parts, or only what is new against an image that is there already. Blobs that images share are in it once.';
  static override examples = [
    '<%= config.bin %> save shop:1.0 -o shop.tar',
    '<%= config.bin %> save shop:1.0 -o shop.tar.zst --compress zstd',
    '<%= config.bin %> save shop:1.0 -o /media/shop.tar --split 4G',
    '<%= config.bin %> save --base shop:1.0 shop:1.1 -o update.tar',
    '<%= config.bin %> save shop:1.0 | ssh site sealer load',
  ];
  static override strict = false;
  static override args = { images: Args.string({ description: 'names or digests', required: true }) };
  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'the archive to write (default: standard output, -)',
      default: '-',
    }),
    compress: Flags.string({
      description: 'compress the archive (most of it is compressed already); zstd needs the program of that name',
      options: ['none', 'gzip', 'zstd'] as const,
      default: 'none',
    }),
    split: Flags.string({ description: 'cut into parts of this size, such as 4G or 700M (at least 1M)' }),
    base: Flags.string({ description: 'leave out what this image has: a delta for who has it already' }),
    patch: Flags.boolean({
      description: 'with --base: carry changed layers as patches of their files where they can be rebuilt bit for bit',
      default: true,
      allowNo: true,
    }),
    ...registryFlags,
    ...pullFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Save, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { saveImages } = await import('@sealer/core/images');
    const toPipe = flags.output === '-';
    if (toPipe) this.#checkPipe(flags);
    // A reader that goes away ends other commands quietly; here it means that the archive is not whole.
    if (toPipe) process.stdout.removeAllListeners('error');
    const output = toPipe ? process.stdout : flags.output;
    const store = await this.openStore();
    await this.present(store, [...(argv as string[]), ...(flags.base ? [flags.base] : [])], flags, { emit });
    const saved = await saveImages(store, argv as string[], output, {
      compress: flags.compress as 'none' | 'gzip' | 'zstd',
      splitBytes: flags.split === undefined ? undefined : parseSize(flags.split, leastPart),
      base: flags.base,
      patch: flags.patch,
      signal: this.abort.signal,
      emit,
    });
    const text = flags.quiet ? '' : describeSaved(saved, flags.base);
    if (!toPipe) this.result(saved, text);
    else this.remark(text);
  }

  #checkPipe(flags: { json?: boolean; split?: string | undefined }): void {
    const usage = (text: string) => new Errors.CLIError(text, { exit: 2 });
    if (process.stdout.isTTY)
      throw usage('an archive is not for a terminal: name a file with -o, or send it on by a pipe');
    if (flags.json) throw usage('--json and an archive cannot both go to standard output: name a file with -o');
    if (flags.split !== undefined) throw usage('--split makes several files: name the first part of them with -o');
  }
}
