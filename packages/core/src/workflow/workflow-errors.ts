import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

export const workflowErrors = defineErrors({
  OPERATION_UNAVAILABLE: error<{ operation: string; why: string }>({
    exitCode: ExitCode.usage,
    about: 'What was asked for is an operation this version does not carry out yet. Nothing was changed.',
    message: ({ operation, why }) =>
      `${why}: that is the operation "${operation}", which this version does not carry out`,
    hint: 'nothing was changed; delete the cluster and install it anew, or keep the hosts and the image as they are',
  }),
  PLAN_STEP_DUPLICATE: error<{ id: string; plugin: string }>({
    exitCode: ExitCode.plugin,
    about: 'Two steps of one phase and host have the same title.',
    message: ({ id, plugin }) => `plugin "${plugin}" plans a second step "${id}"`,
    hint: 'titles of steps must differ within a phase and host; report it to the author of the plugin',
  }),
  PLAN_OUTPUT_UNKNOWN: error<{ step: string; output: string }>({
    exitCode: ExitCode.plugin,
    about: 'A step needs an output that no step makes, or uses one it did not name in `needs`.',
    message: ({ step, output }) => `step "${step}" uses the output "${output}", which it may not or which nobody makes`,
    hint: 'report it to the author of the plugin',
  }),
  PLAN_INVALID: error<{ file: string; problems: readonly string[] }>({
    exitCode: ExitCode.config,
    about: 'A file is not a plan that this version of sealer saved.',
    message: ({ file, problems }) => `${file} is no plan: ${problems.join('; ')}`,
    hint: 'make one: sealer plan -f Clusterfile -o plan.json',
  }),
  PLAN_CHANGED: error<{ cluster: string; differences: readonly string[] }>({
    exitCode: ExitCode.cluster,
    about: 'The world has changed since a plan was saved, so that it would not be carried out as it was read.',
    message: ({ cluster, differences }) =>
      `the plan for cluster ${cluster} is out of date: ${differences.slice(0, 10).join('; ')}${differences.length > 10 ? `; and ${differences.length - 10} more` : ''}`,
    hint: 'nothing was changed; plan again, read it, and apply that',
  }),
  RUN_FAILED: error<{ operation: string; cluster: string; failed: readonly string[] }>({
    exitCode: ExitCode.cluster,
    about: 'A run ended with failed steps; they are listed.',
    message: ({ operation, cluster, failed }) => `${operation} of cluster ${cluster} failed: ${failed.join('; ')}`,
    hint: 'remove the cause and run the same command again: finished steps are not repeated',
  }),
  WORKERS_FAILED: error<{ operation: string; cluster: string; workers: readonly string[] }>({
    exitCode: ExitCode.host,
    about:
      'All of a run is done but what had to do with some workers, which failed. The cluster is in use without them.',
    message: ({ operation, cluster, workers }) =>
      `${operation} of cluster ${cluster} is done but for ${workers.length === 1 ? 'a worker' : `${workers.length} workers`}: ${workers.join('; ')}; the same command again brings in what is missing`,
    hint: 'remove the cause and run the same command again: it works on what is missing and leaves the rest',
  }),
  RUN_INTERRUPTED: error<{ operation: string; cluster: string }>({
    exitCode: ExitCode.interrupted,
    about: 'The run was interrupted by the user. Commands on hosts were ended.',
    message: ({ operation, cluster }) => `${operation} of cluster ${cluster} was interrupted`,
    hint: 'run the same command again to go on, or `sealer delete --all` to take it back',
  }),
  STEP_STILL_FALSE: error<{ step: string; host: string; hint: string; seconds: number; seen?: string | undefined }>({
    exitCode: ExitCode.cluster,
    about: 'A step ran without an error, or waited its time, but what it should bring about is not so.',
    message: ({ step, host, seconds, seen }) =>
      `"${step}" on ${host} is still not so after ${seconds} s${seen ? `; last seen: ${seen}` : ''}`,
    hint: ({ hint }) => hint,
  }),
  CLUSTER_LOCKED: error<{ cluster: string; holder: string }>({
    exitCode: ExitCode.cluster,
    about: 'Another sealer works on the cluster, on this machine or from another one.',
    message: ({ cluster, holder }) => `cluster ${cluster} is being worked on by ${holder}`,
    hint: 'wait until that run has ended',
  }),
});
