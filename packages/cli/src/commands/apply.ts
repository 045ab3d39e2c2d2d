import { readFile } from 'node:fs/promises';
import { Args } from '@oclif/core';
import { withBarePull } from '../flags/registry-flags.js';
import Run from './run.js';

export default class Apply extends Run {
  static override description =
    'Make the hosts be the cluster a Clusterfile declares; a second time it changes nothing. Or carry out a saved plan: exactly that, or nothing when the world has changed since.';
  static override examples = [
    '<%= config.bin %> apply -f Clusterfile',
    '<%= config.bin %> apply -f Clusterfile --dry-run',
    '<%= config.bin %> apply -f Clusterfile --pull never',
    '<%= config.bin %> plan -f Clusterfile -o plan.json && <%= config.bin %> apply plan.json',
  ];
  static override args = { image: Args.string({ description: 'a cluster image, or a saved plan (*.json)' }) };
  static override flags = { ...Run.flags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Apply, withBarePull(this.argv));
    if (!args.image?.endsWith('.json')) return super.run();
    const emit = this.begin(flags);
    const { parsePlan, workflowErrors } = await import('@sealer/core');
    const text = await readFile(args.image, 'utf8').catch((cause: Error) => {
      throw workflowErrors.PLAN_INVALID({ file: args.image ?? '', problems: [cause.message] }, { cause });
    });
    const plan = parsePlan(text, args.image);
    // Passwords are not in a plan: flags give them.
    const cluster = await this.declared(plan.clusterfile, `the cluster in ${args.image}`, flags);
    await this.bringAbout(cluster, flags, emit, plan);
  }
}
