import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { registryAccess, registryFlags } from '../flags/registry-flags.js';

export default class Tags extends BaseCommand {
  static override description = 'List the tags of a repository in its registry.';
  static override examples = ['<%= config.bin %> tags registry.example/team/shop'];
  static override args = { repository: Args.string({ description: 'name without tag', required: true }) };
  static override flags = { ...registryFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Tags);
    this.begin(flags);
    const { listTags } = await import('@sealer/core/images');
    const access = registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal });
    const tags = await listTags(args.repository, access);
    this.result(tags, tags.join('\n'));
  }
}
