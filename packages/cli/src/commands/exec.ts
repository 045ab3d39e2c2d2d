import { Args, Flags } from '@oclif/core';
import { ClusterCommand } from '../cluster-command.js';
import { clusterFileFlags, connectionFlags } from '../flags/cluster-flags.js';

export default class Exec extends ClusterCommand {
  static override description = 'Run a line of bash on the hosts of a cluster, on all at once.';
  static override examples = ['<%= config.bin %> exec "uptime"', '<%= config.bin %> exec -r node "df -h /var"'];
  static override args = { command: Args.string({ description: 'line of bash', required: true }) };
  static override flags = {
    ...clusterFileFlags,
    ...connectionFlags,
    roles: Flags.string({
      char: 'r',
      description: 'only hosts with one of these roles',
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Exec);
    const emit = this.begin(flags);
    const { execOnHosts } = await import('@sealer/core');
    const cluster = await this.cluster(flags);
    const results = await execOnHosts(
      cluster,
      args.command,
      flags.roles ?? [],
      await this.operation(flags, cluster, emit),
    );
    const text = results.flatMap(({ host, result, error }) => {
      const lines = result
        ? `${result.stdout}${result.stderr}`.replace(/\n$/, '').split('\n')
        : [`Error: ${error?.message}`];
      return lines.map((line) => `[${host}] ${line}`);
    });
    this.result(results, text.join('\n'));
    if (results.some(({ result }) => result?.status !== 0)) this.exit(5);
  }
}
