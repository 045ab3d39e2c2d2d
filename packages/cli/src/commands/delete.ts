import { createInterface } from 'node:readline/promises';
import { Flags } from '@oclif/core';
import { ClusterCommand } from '../cluster-command.js';
import { clusterFileFlags, connectionFlags } from '../flags/cluster-flags.js';
import { seconds } from '../render/format.js';

export default class Delete extends ClusterCommand {
  static override description = 'Remove a cluster and leave its hosts as they were.';
  static override examples = [
    '<%= config.bin %> delete --all',
    '<%= config.bin %> delete --all -f Clusterfile --yes',
    '<%= config.bin %> delete --all --dry-run',
  ];
  static override flags = {
    ...clusterFileFlags,
    ...connectionFlags,
    all: Flags.boolean({ char: 'a', description: 'the whole cluster', required: true }),
    yes: Flags.boolean({ char: 'y', aliases: ['force'], description: 'do not ask' }),
    'dry-run': Flags.boolean({ description: 'show what would be done, change nothing' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Delete);
    const emit = this.begin(flags);
    const { deleteCluster, planDelete } = await import('@sealer/core');
    const cluster = await this.cluster(flags);
    const options = await this.operation(flags, cluster, emit);
    if (flags['dry-run']) return this.showPlan(await planDelete(cluster, options));
    if (!flags.yes) await this.#confirm(cluster.name, cluster.hosts.length);
    const result = await deleteCluster(cluster, options);
    this.result(result, `cluster ${cluster.name} is removed (${seconds(result.seconds)})`);
  }

  async #confirm(name: string, hosts: number): Promise<void> {
    if (!process.stdin.isTTY) this.error('this removes the cluster: say --yes where nobody can be asked', { exit: 2 });
    const ask = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await ask.question(`Remove cluster ${name} from ${hosts} hosts, with all its data? (y/N) `);
    ask.close();
    if (!/^y(es)?$/i.test(answer.trim())) this.error('not removed', { exit: 2 });
  }
}
