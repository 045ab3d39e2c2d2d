/**
 * Runs a plan as a graph, not a ladder: a piece of work starts when what its phase requires is settled, whatever
 * other hosts do. A failed worker takes no further part; a failed master or cluster phase stops the run.
 */
import pLimit from 'p-limit';
import type { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Plan, PlannedNode } from './plan.js';
import type { StepRunner } from './run-step.js';

export interface ScheduleOptions {
  emit: Emit;
  signal: AbortSignal;
  /** Hosts worked on at once, default 20. */
  concurrency?: number;
}

export interface ScheduleResult {
  done: number;
  /** Steps that held already. */
  skipped: number;
  failures: { host?: string; phase: string; error: SealerError }[];
  /** Hosts that took no part to the end. */
  lostHosts: string[];
}

export async function schedule(plan: Plan, runner: StepRunner, options: ScheduleOptions): Promise<ScheduleResult> {
  const run = new ScheduledRun(plan, runner, options);
  await Promise.all(plan.nodes.map((node) => run.node(node)));
  return run.result();
}

class ScheduledRun {
  readonly #settled = new Map<string, Promise<void>>();
  readonly #lost = new Set<string>();
  readonly #limit;
  readonly #failures: ScheduleResult['failures'] = [];
  readonly #byId: ReadonlyMap<string, PlannedNode>;
  readonly #masters: ReadonlySet<string>;
  #stopped = false;
  #onlyPhase: string | undefined;
  #done = 0;
  #skipped = 0;

  constructor(
    plan: Plan,
    private readonly runner: StepRunner,
    private readonly options: ScheduleOptions,
  ) {
    this.#byId = new Map(plan.nodes.map((node) => [node.id, node]));
    this.#masters = new Set(plan.context.masters.map((host) => host.name));
    this.#limit = pLimit(options.concurrency ?? 20);
  }

  /** Settles, without rejecting, when the node has ended or will not be run. */
  node(node: PlannedNode): Promise<void> {
    let promise = this.#settled.get(node.id);
    if (!promise) {
      promise = this.#settle(node);
      this.#settled.set(node.id, promise);
    }
    return promise;
  }

  result(): ScheduleResult {
    return { done: this.#done, skipped: this.#skipped, failures: this.#failures, lostHosts: [...this.#lost] };
  }

  async #settle(node: PlannedNode): Promise<void> {
    await Promise.all(node.after.map((id) => this.node(this.#byId.get(id) as PlannedNode)));
    if (!this.#mayRun(node) || node.steps.length === 0) return;
    if (node.host === undefined) await this.#steps(node);
    else await this.#limit(() => this.#steps(node));
  }

  async #steps(node: PlannedNode): Promise<void> {
    if (!this.#mayRun(node)) return;
    const { emit } = this.options;
    const place = {
      phase: node.phase.name,
      title: node.phase.title,
      ...(node.host === undefined ? {} : { host: node.host }),
    };
    const started = performance.now();
    emit({ type: 'phase-start', ...place });
    let status: 'done' | 'failed' | 'skipped' = 'skipped';
    for (const step of node.steps) {
      if (this.options.signal.aborted || this.#stopped) break;
      // A step of a cluster phase that works on a lost worker has nothing to work on.
      if (this.#lost.has(step.hostName)) continue;
      try {
        if ((await this.runner.run(step)) === 'done') {
          status = 'done';
          this.#done += 1;
        } else this.#skipped += 1;
      } catch (cause) {
        status = 'failed';
        this.#fail(node, cause as SealerError);
        break;
      }
    }
    emit({ type: 'phase-end', ...place, status, seconds: (performance.now() - started) / 1000 });
  }

  #mayRun(node: PlannedNode): boolean {
    if (this.options.signal.aborted || this.#stopped) return false;
    if (this.#onlyPhase && node.phase.name !== this.#onlyPhase) return false;
    return node.host === undefined || !this.#lost.has(node.host);
  }

  #fail(node: PlannedNode, error: SealerError): void {
    this.#failures.push({ ...(node.host === undefined ? {} : { host: node.host }), phase: node.phase.name, error });
    if (node.host !== undefined) this.#lost.add(node.host);
    const isWorker = node.host !== undefined && !this.#masters.has(node.host);
    // A strict phase lets its other hosts finish, so that all problems are reported at once; what comes next waits
    // for it on every host, and then does not start.
    if (node.phase.strict) this.#onlyPhase = node.phase.name;
    else if (!isWorker) this.#stopped = true;
  }
}
