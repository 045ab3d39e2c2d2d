import { ClusterCommand } from '../cluster-command.js';
import { clusterFileFlags, connectionFlags, verifyFlags } from '../flags/cluster-flags.js';
import { table } from '../render/format.js';

export default class Status extends ClusterCommand {
  static override description =
    'Show image, nodes and applications of a cluster, and what differs from what is declared.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status -c shop --json',
    '<%= config.bin %> status --verify',
  ];
  static override flags = { ...clusterFileFlags, ...connectionFlags, ...verifyFlags };

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
    // By host, below its line.
    const altered = (host: string) =>
      status.altered.filter((one) => one.host === host).map(({ path, what }) => `      ${path} (${what})`);
    const isOfFiles = (step: string) => step === 'Copy and unpack the image';
    const text = [
      `cluster     ${status.cluster} (${status.status})`,
      `image       ${status.image ? `${status.image.name} ${status.image.digest}` : 'unknown'}`,
      `apps        ${status.apps.join(', ') || 'none'}`,
      `kubeconfig  ${status.kubeconfig}`,
      ...(status.problem ? [`problem     ${status.problem.message} [${status.problem.code}]`] : []),
      ...(status.differs.length
        ? [
            'differs',
            ...status.differs.flatMap((one) => [
              `  [${one.host}] ${one.step}`,
              ...(isOfFiles(one.step) ? altered(one.host) : []),
            ]),
          ]
        : status.problem
          ? []
          : ['differs     nothing']),
      ...(nodes.length ? ['', table([['NODE', 'STATUS', 'ROLES', 'VERSION', 'ADDRESS'], ...nodes])] : []),
    ];
    this.result(status, text.join('\n'));
    if (status.problem) this.exit(7);
  }
}
