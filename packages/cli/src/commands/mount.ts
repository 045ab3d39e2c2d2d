import { join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { platformFlag } from '../flags/platform.js';
import { pullFlag, registryFlags, withBarePull } from '../flags/registry-flags.js';
import { table } from '../render/format.js';

export default class Mount extends BaseCommand {
  static override description =
    'Show the files of an image in a folder that can only be read: mounted as root, unpacked otherwise. Without an image: list what is shown.';
  static override examples = [
    '<%= config.bin %> mount shop:1.0',
    '<%= config.bin %> mount shop:1.0 ./rootfs',
    '<%= config.bin %> mount',
  ];
  static override args = {
    image: Args.string({ description: 'name or digest' }),
    directory: Args.string({ description: 'an empty folder, or one to make (default: one in ~/.sealer/mounts)' }),
  };
  static override flags = {
    platform: Flags.string({ description: 'of an image for several platforms (default: of this machine)' }),
    ...registryFlags,
    ...pullFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Mount, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { listMounts, mountImage } = await import('@sealer/core/images');
    const records = join(this.sealerHome, 'mounts');
    if (args.image === undefined) {
      const shown = await listMounts(records);
      const rows = shown.map(({ directory, image, digest, kind, isWhole }) => [
        directory,
        image,
        digest.slice(7, 19),
        isWhole ? kind : 'incomplete',
      ]);
      const paths = shown.map(({ directory }) => directory).join('\n');
      return this.result(shown, flags.quiet ? paths : table([['FOLDER', 'IMAGE', 'DIGEST', 'KIND'], ...rows]));
    }
    const platform = platformFlag(flags.platform);
    const store = await this.openStore();
    await this.present(store, [args.image], flags, { platform, emit });
    const shown = await mountImage(store, args.image, {
      directory: args.directory,
      platform,
      records,
      stateDirectory: join(this.sealerHome, 'build'),
      signal: this.abort.signal,
      emit,
    });
    this.result(shown, shown.directory);
  }
}
