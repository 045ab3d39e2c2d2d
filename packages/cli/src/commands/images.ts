import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { bytes, table } from '../render/format.js';

export default class Images extends BaseCommand {
  static override description = 'List the images in the local store.';
  static override examples = [
    '<%= config.bin %> images',
    '<%= config.bin %> images --digests',
    '<%= config.bin %> images --bundle shop:1.0',
  ];
  static override flags = {
    digests: Flags.boolean({ description: 'show whole digests' }),
    bundle: Flags.string({
      description: 'list the container images a cluster image carries, and where each came from',
    }),
    noheading: Flags.boolean({ char: 'n', description: 'no heading' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Images);
    const emit = this.begin(flags);
    if (flags.bundle !== undefined) return await this.#bundle(flags.bundle, flags.quiet);
    const { listImages } = await import('@sealer/core/images');
    const rows = await listImages(await this.openStore());
    for (const { name, problem } of rows)
      if (problem !== undefined) emit({ type: 'message', level: 'warning', text: `${name}: ${problem}` });
    if (flags.quiet) return this.result(rows, rows.map((row) => row.digest).join('\n'));
    const digest = (text: string) => (flags.digests ? text : text.slice(7, 19));
    const cells = rows.map((row) => [
      row.name,
      digest(row.digest),
      row.type,
      [row.runtime?.type, row.runtime?.version].filter(Boolean).join(' ') || '-',
      row.platforms.join(','),
      String(row.bundled),
      bytes(row.size),
    ]);
    this.result(
      rows,
      table([
        ...(flags.noheading ? [] : [['NAME', 'DIGEST', 'TYPE', 'RUNTIME', 'PLATFORM', 'BUNDLED', 'SIZE']]),
        ...cells,
      ]),
    );
  }

  async #bundle(image: string, quiet: boolean): Promise<void> {
    const { inspectImage } = await import('@sealer/core/images');
    const { bundle } = await inspectImage(await this.openStore(), image);
    if (quiet) return this.result(bundle, bundle.map(({ name }) => name).join('\n'));
    const rows = bundle.map(({ name, digest, size, origin }) => [name, digest.slice(7, 19), bytes(size), origin]);
    this.result(bundle, table([['IMAGE', 'DIGEST', 'SIZE', 'FROM'], ...rows]));
  }
}
