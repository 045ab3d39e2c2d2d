import { join } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { parseDuration } from '../flags/duration.js';
import { parseSize } from '../flags/size.js';
import { bytes } from '../render/format.js';

export default class Prune extends BaseCommand {
  static override description =
    'Remove what no image needs: blobs without a name, files that builds downloaded, notes of the build cache, unpacked rootfses and the caches of RUN.';
  static override examples = [
    '<%= config.bin %> prune --dry-run',
    '<%= config.bin %> prune --older-than 7d',
    '<%= config.bin %> prune --keep-storage 5G',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ description: 'show what would go, remove nothing' }),
    'older-than': Flags.string({
      description: 'keep downloads, unpacked rootfses and caches of RUN used within this time, such as 12h or 7d',
    }),
    'keep-storage': Flags.string({ description: 'keep the downloads used last, up to this size' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Prune);
    this.begin(flags);
    const { prune } = await import('@sealer/core/images');
    const pruned = await prune(await this.openStore(), {
      stateDirectory: join(this.sealerHome, 'build'),
      mountRecords: join(this.sealerHome, 'mounts'),
      dryRun: flags['dry-run'],
      olderThan: flags['older-than'] === undefined ? undefined : parseDuration(flags['older-than']),
      keepBytes: flags['keep-storage'] === undefined ? undefined : parseSize(flags['keep-storage']),
    });
    const freed = pruned.reduce((sum, one) => sum + one.bytes, 0);
    const lines = pruned.map((one) => `${one.what} ${one.name} (${bytes(one.bytes)})`);
    const summary = `${bytes(freed)} ${flags['dry-run'] ? 'would be freed; nothing was removed' : 'freed'}`;
    this.result({ pruned, freedBytes: freed }, flags.quiet ? '' : [...lines, summary].join('\n'));
  }
}
