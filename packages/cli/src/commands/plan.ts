import { Args, Flags } from '@oclif/core';
import { ClusterCommand } from '../cluster-command.js';
import { clusterFileFlags, connectionFlags, desiredFlags } from '../flags/cluster-flags.js';
import { pullFlag, registryFlags, withBarePull } from '../flags/registry-flags.js';
import { runTrustFlags } from '../flags/trust-flags.js';

export default class Plan extends ClusterCommand {
  static override description =
    'Show what run or apply would do. Hosts are read, nothing is changed; an image that is missing here is pulled.';
  static override examples = [
    '<%= config.bin %> plan -f Clusterfile',
    '<%= config.bin %> plan shop:1.0 -m 10.0.0.11 -o plan.json',
  ];
  static override args = { image: Args.string({ description: 'the cluster image' }) };
  static override flags = {
    ...clusterFileFlags,
    ...desiredFlags,
    ...connectionFlags,
    ...runTrustFlags,
    ...registryFlags,
    ...pullFlag,
    output: Flags.string({ char: 'o', description: 'write the plan as JSON to a file' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Plan, withBarePull(this.argv));
    const emit = this.begin(flags);
    const { planCluster } = await import('@sealer/core');
    const { writeOutput } = await import('@sealer/core/images');
    const cluster = await this.cluster(flags, args.image);
    const plan = await planCluster(cluster, await this.operation(flags, cluster, emit));
    if (flags.output) await writeOutput(flags.output, `${JSON.stringify(plan, undefined, 2)}\n`, { mode: 0o600 });
    this.showPlan(plan);
  }
}
