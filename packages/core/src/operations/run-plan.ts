/** Carries out a plan: journal, locks, scheduler, and what is said at the end. */
import type { SealerError } from '../errors/sealer-error.js';
import type { RunStatus } from '../events/events.js';
import { Journal } from '../workflow/journal.js';
import { phases } from '../workflow/phases.js';
import { StepRunner } from '../workflow/run-step.js';
import { schedule } from '../workflow/scheduler.js';
import { workflowErrors } from '../workflow/workflow-errors.js';
import { lockRemotely } from './cluster-lock.js';
import type { OperationOptions, Session } from './session.js';

export interface RunResult {
  status: 'done' | 'unchanged';
  /** Steps run. */
  done: number;
  /** Steps that held already. */
  skipped: number;
  seconds: number;
}

/**
 * @param expectHolds most likely there is nothing to do: all checks are asked at once
 * @throws RUN_FAILED (or the one failure itself), WORKERS_FAILED, RUN_INTERRUPTED
 */
export async function runPlan(
  session: Session,
  options: OperationOptions,
  { expectHolds = false } = {},
): Promise<RunResult> {
  const { plan, hosts, stateDirectory } = session;
  const { operation, cluster, master0, image, paths } = plan.context;
  const { emit, signal, store } = options;
  const started = performance.now();
  const release = await lockRemotely(
    hosts.get(master0.name) as NonNullable<ReturnType<typeof hosts.get>>,
    cluster.name,
  );
  const journal = await Journal.open(stateDirectory);
  await journal.write({ event: 'run-start', operation, image: image.digest });
  const steps = plan.nodes.flatMap((node) => node.steps);
  const names = plan.context.hosts.map((host) => host.name);
  emit({
    type: 'run-start',
    operation,
    cluster: cluster.name,
    steps: steps.length,
    hosts: names,
    stepsByHost: Object.fromEntries(
      names.map((name) => [name, steps.filter(({ hostName }) => hostName === name).length]),
    ),
  });
  const runner = new StepRunner({
    hosts,
    store,
    stateDirectory,
    base: paths.base,
    providers: plan.providers,
    journal,
    emit,
    signal,
  });
  if (expectHolds) runner.lookAhead(plan);
  const result = await schedule(plan, runner, options);
  const seconds = (performance.now() - started) / 1000;
  const status: RunStatus = signal.aborted
    ? 'interrupted'
    : result.failures.length
      ? 'failed'
      : result.done
        ? 'done'
        : 'unchanged';
  await journal.write({ event: 'run-end', status });
  emit({
    type: 'run-end',
    operation,
    cluster: cluster.name,
    status,
    done: result.done,
    skipped: result.skipped,
    seconds,
  });
  await release().catch(() => undefined);
  if (status === 'interrupted') throw workflowErrors.RUN_INTERRUPTED({ operation, cluster: cluster.name });
  if (status === 'failed' && operation === 'install' && !result.stopped) throw workersFailed(session, result.failures);
  if (status === 'failed') throw failure(operation, cluster.name, result.failures);
  return { status: status as RunResult['status'], done: result.done, skipped: result.skipped, seconds };
}

function workersFailed({ plan }: Session, failures: readonly { host?: string; phase: string; error: SealerError }[]) {
  const { operation, cluster } = plan.context;
  const title = (phase: string) => phases.find(({ name }) => name === phase)?.title ?? phase;
  const workers = failures.map(({ host, phase, error }) => `${host} (${title(phase)}: ${error.message})`);
  const errors = failures.map(({ error }) => error);
  return workflowErrors.WORKERS_FAILED({ operation, cluster: cluster.name, workers }, { errors });
}

function failure(
  operation: string,
  cluster: string,
  failures: readonly { host?: string; phase: string; error: SealerError }[],
): SealerError {
  const [only] = failures;
  if (failures.length === 1 && only) return only.error;
  const errors = failures.map((one) => one.error);
  return workflowErrors.RUN_FAILED({ operation, cluster, failed: errors.map((error) => error.message) }, { errors });
}
