import { BaseCommand } from '../base-command.js';

export default class Version extends BaseCommand {
  static override description = 'Show the version.';
  static override examples = ['<%= config.bin %> version'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    this.begin(flags);
    const version = {
      sealer: this.config.version,
      node: process.version,
      platform: `${process.platform}/${process.arch}`,
    };
    this.result(version, `sealer ${version.sealer} (node ${version.node}, ${version.platform})`);
  }
}
