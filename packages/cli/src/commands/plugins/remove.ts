import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';

export default class PluginsRemove extends BaseCommand {
  static override description = "Remove a plugin from sealer's folder.";
  static override examples = ['<%= config.bin %> plugins remove @vendor/sealer-plugin'];
  static override args = { name: Args.string({ description: 'name of the package', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsRemove);
    this.begin(flags);
    const { removePlugin } = await import('@sealer/core');
    const removed = await removePlugin(this.sealerHome, args.name);
    this.result(removed, flags.quiet ? '' : `${removed.packageName} ${removed.version} is removed`);
  }
}
