import { ClusterCommand } from '../cluster-command.js';
import { clusterFileFlags, connectionFlags } from '../flags/cluster-flags.js';
import { table } from '../render/format.js';

export default class Status extends ClusterCommand {
  static override description =
    'Show image, nodes and applications of a cluster, and what differs from what is declared.';
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status -c shop --json'];
  static override flags = { ...clusterFileFlags, ...connectionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    this.begin(flags);
    const { clusterStatus } = await import('@sealer/core');
    const cluster = await this.cluster(flags);
    const status = await clusterStatus(cluster, await this.operation(flags, cluster, () => undefined));
    const nodes = status.nodes.map((node) => [
      node.name,
      node.ready ? 'Ready' : 'NotReady',
      node.roles.join(',') || '-',
      node.version,
      node.address,
    ]);
    const text = [
      `cluster     ${status.cluster} (${status.status})`,
      `image       ${status.image ? `${status.image.name} ${status.image.digest}` : 'unknown'}`,
      `apps        ${status.apps.join(', ') || 'none'}`,
      `kubeconfig  ${status.kubeconfig}`,
      ...(status.problem ? [`problem     ${status.problem.message} [${status.problem.code}]`] : []),
      ...(status.differs.length
        ? ['differs', ...status.differs.map((one) => `  [${one.host}] ${one.step}`)]
        : status.problem
          ? []
          : ['differs     nothing']),
      ...(nodes.length ? ['', table([['NODE', 'STATUS', 'ROLES', 'VERSION', 'ADDRESS'], ...nodes])] : []),
    ];
    this.result(status, text.join('\n'));
    if (status.problem) this.exit(7);
  }
}
