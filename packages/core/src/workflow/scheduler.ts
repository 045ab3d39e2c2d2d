/**
 * Runs a plan as a graph, not a ladder: a piece of work starts when what its phase requires is settled, whatever
 * other hosts do. A failed worker takes no further part; a failed master or cluster phase stops the run.
 */
import pLimit from 'p-limit';
import type { SealerError } from '../errors/sealer-error.js';
import type { Emit } from '../events/events.js';
import type { Plan, PlannedNode } from './plan.js';
import type { StepRunner } from './run-step.js';
import type { Step } from './step.js';

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
  /** False when all was run but what failed workers had to do with. */
  stopped: boolean;
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
    return {
      done: this.#done,
      skipped: this.#skipped,
      failures: this.#failures,
      lostHosts: [...this.#lost],
      stopped: this.#stopped || this.#onlyPhase !== undefined,
    };
  }

  async #settle(node: PlannedNode): Promise<void> {
    await Promise.all(node.after.map((id) => this.node(this.#byId.get(id) as PlannedNode)));
    if (!this.#mayRun(node) || node.steps.length === 0) return;
    if (node.phase.whole && this.#lost.size > 0) {
      const text = `${node.phase.title}: left out, because ${[...this.#lost].join(', ')} failed`;
      this.options.emit({ type: 'message', level: 'warning', text });
      return;
    }
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
      // A step of a cluster phase that is about a lost worker has nothing to work on.
      const lost = [step.hostName, step.about?.name].find((name) => name !== undefined && this.#lost.has(name));
      if (lost !== undefined) {
        const text = `left out, because this host has failed: ${step.title}`;
        emit({ type: 'message', level: 'warning', text, host: lost });
        continue;
      }
      try {
        if ((await this.runner.run(step)) === 'done') {
          status = 'done';
          this.#done += 1;
        } else this.#skipped += 1;
      } catch (cause) {
        status = 'failed';
        const culprit = this.#culprit(node, step, cause as SealerError);
        this.#fail(node, culprit, cause as SealerError);
        // What a cluster phase does for one worker is nothing to the others.
        if (culprit === node.host || culprit === undefined) break;
      }
    }
    emit({ type: 'phase-end', ...place, status, seconds: (performance.now() - started) / 1000 });
  }

  #mayRun(node: PlannedNode): boolean {
    if (this.options.signal.aborted || this.#stopped) return false;
    if (this.#onlyPhase && node.phase.name !== this.#onlyPhase) return false;
    return node.host === undefined || !this.#lost.has(node.host);
  }

  /** The host whose failure it is; undefined: the cluster's. */
  #culprit(node: PlannedNode, step: Step, error: SealerError): string | undefined {
    const provider = this.runner.providerOf(error);
    if (provider !== undefined) return provider;
    if (node.host !== undefined) return node.host;
    return step.about?.name ?? (this.#masters.has(step.hostName) ? undefined : step.hostName);
  }

  #fail(node: PlannedNode, host: string | undefined, error: SealerError): void {
    // Several hosts may have needed what one could not make.
    if (!this.#failures.some((known) => known.error === error))
      this.#failures.push({ ...(host === undefined ? {} : { host }), phase: node.phase.name, error });
    if (host !== undefined) this.#lost.add(host);
    const isWorker = host !== undefined && !this.#masters.has(host);
    // A strict phase lets its other hosts finish, so that all problems are reported at once; what comes next waits
    // for it on every host, and then does not start.
    if (node.phase.strict) this.#onlyPhase = node.phase.name;
    else if (!isWorker) this.#stopped = true;
  }
}
