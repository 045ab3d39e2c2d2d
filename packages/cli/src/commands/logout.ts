import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { accessFlags, authfileFlag } from '../flags/registry-flags.js';

export default class Logout extends BaseCommand {
  static override description = 'Forget the credentials of a registry.';
  static override examples = ['<%= config.bin %> logout registry.example'];
  static override args = { registry: Args.string({ description: 'host, with a port when not 443', required: true }) };
  static override flags = { ...authfileFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logout);
    this.begin(flags);
    const { logOut } = await import('@sealer/core/images');
    const had = await logOut(args.registry, { sealerHome: this.sealerHome, ...accessFlags(flags) });
    const text = had ? `logged out of ${args.registry}` : `there were no credentials for ${args.registry}`;
    this.result({ registry: args.registry, removed: had }, flags.quiet ? '' : text);
  }
}
