import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { registryAccess, registryFlags } from '../flags/registry-flags.js';

export default class Search extends BaseCommand {
  static override description =
    'List the repositories of a registry whose name contains a term: from its catalog, or by the search of Docker Hub and quay.io.';
  static override examples = [
    '<%= config.bin %> search registry.example',
    '<%= config.bin %> search registry.example/shop',
    '<%= config.bin %> search docker.io/nginx --json',
  ];
  static override args = { registry: Args.string({ description: 'registry[/term]', required: true }) };
  static override flags = { ...registryFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Search);
    this.begin(flags);
    const { searchRegistry } = await import('@sealer/core/images');
    const access = registryAccess(flags, { sealerHome: this.sealerHome, signal: this.abort.signal });
    const names = await searchRegistry(args.registry, access);
    this.result(names, names.join('\n'));
  }
}
