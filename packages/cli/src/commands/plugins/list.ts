import { BaseCommand } from '../../base-command.js';
import { table } from '../../render/format.js';

export default class PluginsList extends BaseCommand {
  static override description = "List the plugins installed in sealer's folder.";
  static override examples = ['<%= config.bin %> plugins list'];

  async run(): Promise<void> {
    const { flags } = await this.parse(PluginsList);
    this.begin(flags);
    const { installedPlugins } = await import('@sealer/core');
    const installed = await installedPlugins(this.sealerHome);
    const rows = installed.map(({ packageName, version, directory }) => [packageName, version, directory]);
    this.result(installed, table([['PACKAGE', 'VERSION', 'FOLDER'], ...rows]));
  }
}
