/**
 * Where everything is expected to hold, checks need no order: all are asked at once, a few on each host, and a step
 * whose check holds is skipped when its turn comes. Only that answer is used, and only while nothing has been run that
 * the step comes after: then it is asked again in its turn, as is whatever did not hold or could not be told.
 */
import pLimit from 'p-limit';
import type { Plan } from './plan.js';
import type { Step } from './step.js';

/** sshd allows ten sessions a connection, fewer where it is set so; the others wait for a free one. */
const checksOfHost = 6;

export class LookAhead {
  readonly #answers = new Map<string, Promise<boolean>>();
  readonly #nodeOf = new Map<string, string>();
  readonly #after: ReadonlyMap<string, readonly string[]>;
  /** Nodes of which a step has been run. */
  readonly #changed = new Set<string>();

  /** @param ask reads only; what it throws counts as not known */
  constructor(plan: Plan, ask: (step: Step) => Promise<boolean>) {
    const limits = new Map(plan.context.hosts.map(({ name }) => [name, pLimit(checksOfHost)]));
    this.#after = new Map(plan.nodes.map(({ id, after }) => [id, after]));
    for (const node of plan.nodes) {
      for (const step of node.steps) {
        this.#nodeOf.set(step.id, node.id);
        const limit = limits.get(step.hostName) ?? pLimit(1);
        this.#answers.set(
          step.id,
          limit(() => ask(step)).catch(() => false),
        );
      }
    }
  }

  /** True: it holds. False: not known. */
  async holds(step: Step): Promise<boolean> {
    return !this.#isOutdated(step) && ((await this.#answers.get(step.id)) ?? false) && !this.#isOutdated(step);
  }

  /** The step is about to be run: what comes after it is looked at again. */
  changes(step: Step): void {
    const node = this.#nodeOf.get(step.id);
    if (node !== undefined) this.#changed.add(node);
  }

  #isOutdated(step: Step): boolean {
    const node = this.#nodeOf.get(step.id);
    return node === undefined || (this.#changed.size > 0 && this.#comesAfterChange(node, new Set()));
  }

  #comesAfterChange(node: string, seen: Set<string>): boolean {
    if (this.#changed.has(node)) return true;
    if (seen.has(node)) return false;
    seen.add(node);
    return (this.#after.get(node) ?? []).some((id) => this.#comesAfterChange(id, seen));
  }
}
