/** What the commands that work on clusters share: which cluster is meant, and what an operation needs. */
import { text as readStream } from 'node:stream/consumers';
import type { ClusterFlags, ClusterSpec, DocumentWarning, Emit, OperationOptions, PlanDocument } from '@sealer/core';
import { BaseCommand } from './base-command.js';
import { accessFlags, type ParsedRegistryFlags, pullPolicy } from './flags/registry-flags.js';
import { type ParsedTrustFlags, trustDeclaration } from './flags/trust-flags.js';
import { loadPlugins } from './plugins.js';

export interface ParsedClusterFlags extends ParsedTrustFlags, ParsedRegistryFlags {
  json?: boolean;
  quiet?: boolean;
  debug?: boolean;
  home?: string | undefined;
  Clusterfile?: string | undefined;
  'cluster-name'?: string | undefined;
  masters?: string | undefined;
  nodes?: string | undefined;
  user?: string | undefined;
  passwd?: string | undefined;
  'passwd-stdin'?: boolean;
  port?: number | undefined;
  pk?: string | undefined;
  'pk-passwd'?: string | undefined;
  'strict-host-keys'?: boolean;
  verify?: boolean;
  concurrency?: number;
  env?: string[] | undefined;
  apps?: string[] | undefined;
  cmds?: string[] | undefined;
}

export abstract class ClusterCommand extends BaseCommand {
  // oclif's manifest looks for it on every class of a chain that has statics of its own.
  static override baseFlags = BaseCommand.baseFlags;

  /** From -f, from the flags, or from what is kept of the named cluster. */
  protected async cluster(flags: ParsedClusterFlags, image?: string): Promise<ClusterSpec> {
    const core = await import('@sealer/core');
    const given = await this.#clusterFlags(flags, image);
    if (flags.Clusterfile) {
      const text = await core.readClusterfile(flags.Clusterfile);
      return core.applyFlags(core.parseClusterfile(text, flags.Clusterfile, this.#warn), given);
    }
    if (image || flags.masters || flags.nodes) return core.clusterFromFlags(given);
    const known = await core.knownClusters(this.sealerHome);
    const name = flags['cluster-name'] ?? (known.length === 1 ? known[0] : 'my-cluster') ?? 'my-cluster';
    const kept = await core.keptClusterfile(this.sealerHome, name);
    if (kept === undefined) throw core.lifecycleErrors.CLUSTER_UNKNOWN({ cluster: name, known });
    return core.applyFlags(core.parseClusterfile(kept, `the Clusterfile kept of ${name}`), given);
  }

  /** A Clusterfile's text, with the flags over it. */
  protected async declared(text: string, source: string, flags: ParsedClusterFlags): Promise<ClusterSpec> {
    const core = await import('@sealer/core');
    return core.applyFlags(core.parseClusterfile(text, source), await this.#clusterFlags(flags));
  }

  protected async operation(flags: ParsedClusterFlags, cluster: ClusterSpec, emit: Emit): Promise<OperationOptions> {
    return {
      sealerHome: this.sealerHome,
      store: await this.openStore(),
      plugins: await loadPlugins(
        Object.keys(this.config.pjson.dependencies ?? {}).filter((name) => name.startsWith('@sealer/plugin-')),
        this.sealerHome,
        cluster.plugins.map((plugin) => plugin.name),
      ),
      emit,
      signal: this.abort.signal,
      trust: trustDeclaration(flags),
      access: accessFlags(flags),
      pull: pullPolicy(flags),
      strictHostKeys: flags['strict-host-keys'] ?? false,
      verify: flags.verify ?? false,
      ...(flags.concurrency ? { concurrency: flags.concurrency } : {}),
    };
  }

  protected showPlan(plan: PlanDocument): void {
    const marks = { holds: '=', run: '+', 'on-demand': '?' };
    const runs = plan.steps.filter((step) => step.state === 'run').length;
    const lines = plan.steps
      .filter((step) => step.state !== 'holds')
      .flatMap((step) => [
        `${marks[step.state]} [${step.host}] ${step.title}`,
        ...step.changes.map(
          (change) =>
            `      ${change.kind === 'run' ? `$ ${change.command}` : change.kind === 'write' ? `write ${change.path} (${change.bytes} bytes)` : change.text}`,
        ),
      ]);
    const summary = runs
      ? `${runs} of ${plan.steps.length} steps to run; nothing was changed`
      : `no change: all ${plan.steps.length} steps hold`;
    this.result(plan, [...lines, summary].join('\n'));
  }

  readonly #warn = ({ text, position }: DocumentWarning): void => {
    const place = `${position.file}:${position.line}:${position.column}`;
    this.emit({ type: 'message', level: 'warning', text: `${place}: ${text}` });
  };

  async #clusterFlags(flags: ParsedClusterFlags, image?: string): Promise<ClusterFlags> {
    const { Secret } = await import('@sealer/core');
    const password = flags['passwd-stdin'] ? (await readStream(process.stdin)).replace(/\r?\n$/, '') : flags.passwd;
    return {
      image,
      name: flags['cluster-name'],
      masters: flags.masters,
      nodes: flags.nodes,
      user: flags.user,
      password: password ? new Secret(password) : undefined,
      port: flags.port,
      privateKey: flags.pk,
      privateKeyPassphrase: flags['pk-passwd'] ? new Secret(flags['pk-passwd']) : undefined,
      env: flags.env,
      apps: flags.apps,
      commands: flags.cmds,
    };
  }
}
