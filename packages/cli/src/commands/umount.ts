import { join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';

export default class Umount extends BaseCommand {
  static override description = 'Take away what `sealer mount` shows, with the folder when it was made for that.';
  static override examples = [
    '<%= config.bin %> umount ./rootfs',
    '<%= config.bin %> umount shop:1.0',
    '<%= config.bin %> umount --all',
  ];
  static override strict = false;
  static override args = { places: Args.string({ description: 'folders, or names or digests of images' }) };
  static override flags = { all: Flags.boolean({ char: 'a', description: 'everything that is shown' }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Umount);
    this.begin(flags);
    const { listMounts, unmountImage } = await import('@sealer/core/images');
    const records = join(this.sealerHome, 'mounts');
    const places = flags.all ? (await listMounts(records)).map(({ directory }) => directory) : (argv as string[]);
    if (!places.length && !flags.all) this.error('name a folder or an image, or give --all', { exit: 2 });
    const gone = [];
    for (const place of places) gone.push(...(await unmountImage(records, place)));
    this.result(gone, flags.quiet ? '' : gone.map(({ directory }) => `took away ${directory}`).join('\n'));
  }
}
