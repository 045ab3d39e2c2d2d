import { Args, Flags } from '@oclif/core';
import type { ClusterSpec, Emit, PlanDocument } from '@sealer/core';
import { ClusterCommand, type ParsedClusterFlags } from '../cluster-command.js';
import { clusterFileFlags, connectionFlags, desiredFlags, verifyFlags } from '../flags/cluster-flags.js';
import { pullFlag, registryFlags, withBarePull } from '../flags/registry-flags.js';
import { runTrustFlags } from '../flags/trust-flags.js';
import { seconds } from '../render/format.js';

export default class Run extends ClusterCommand {
  static override description =
    'Make a running cluster of a cluster image and hosts. Run again after an interruption, it goes on where it stopped.';
  static override examples = [
    '<%= config.bin %> run shop:1.0 --masters 10.0.0.11 --nodes 10.0.0.21-10.0.0.23',
    '<%= config.bin %> run -f Clusterfile',
    'cat password | <%= config.bin %> run shop:1.0 -m 10.0.0.11 -u ops --passwd-stdin',
    '<%= config.bin %> run -f Clusterfile --dry-run',
    '<%= config.bin %> run registry.example/team/shop:1.0 -m 10.0.0.11 --pull always',
  ];
  static override args = {
    image: Args.string({ description: 'the cluster image; with -f, the one of the Clusterfile by default' }),
  };
  static override flags = {
    ...clusterFileFlags,
    ...desiredFlags,
    ...connectionFlags,
    ...runTrustFlags,
    ...verifyFlags,
    ...registryFlags,
    ...pullFlag,
    'dry-run': Flags.boolean({ description: 'show what would be done, change nothing' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Run, withBarePull(this.argv));
    const emit = this.begin(flags);
    if (!args.image && !flags.Clusterfile) this.error('give an image, or a Clusterfile with -f', { exit: 2 });
    await this.bringAbout(await this.cluster(flags, args.image), flags, emit);
  }

  /** @param expected a plan that was read before; it is carried out as it is, or not at all */
  protected async bringAbout(
    cluster: ClusterSpec,
    flags: ParsedClusterFlags & { 'dry-run': boolean },
    emit: Emit,
    expected?: PlanDocument,
  ): Promise<void> {
    const { applyCluster, planCluster, clusterStateDirectory, kubeconfigPath } = await import('@sealer/core');
    const options = await this.operation(flags, cluster, emit);
    if (flags['dry-run']) return this.showPlan(await planCluster(cluster, options));
    const result = await applyCluster(cluster, options, expected);
    const kubeconfig = kubeconfigPath(clusterStateDirectory(this.sealerHome, cluster.name));
    const text =
      result.status === 'unchanged'
        ? `no change: all ${result.skipped} steps hold (${seconds(result.seconds)})`
        : `cluster ${cluster.name} is ready (${seconds(result.seconds)})`;
    this.result({ ...result, cluster: cluster.name, kubeconfig }, `${text}\nexport KUBECONFIG=${kubeconfig}`);
  }
}
