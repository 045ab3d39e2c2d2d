import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';

export default class PluginsInstall extends BaseCommand {
  static override description =
    "Install a plugin into sealer's folder: a package folder, a .tgz of `npm pack`, or a name in the npm registry.";
  static override examples = [
    '<%= config.bin %> plugins install ./my-plugin',
    '<%= config.bin %> plugins install my-plugin-1.0.0.tgz',
    '<%= config.bin %> plugins install @vendor/sealer-plugin',
  ];
  static override args = { source: Args.string({ description: 'folder, archive or npm name', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsInstall);
    this.begin(flags);
    const { installPlugin } = await import('@sealer/core');
    const installed = await installPlugin(this.sealerHome, args.source, this.abort.signal);
    this.result(installed, flags.quiet ? '' : `${installed.packageName} ${installed.version} is installed`);
  }
}
