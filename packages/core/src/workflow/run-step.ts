/** Brings one step about: wait for survivors, look, take back what is half-done, run, look again. */
import { SealerError } from '../errors/sealer-error.js';
import { type Emit, eventError, type StepStatus } from '../events/events.js';
import type { Host } from '../host/host.js';
import { hostErrors } from '../host/host-errors.js';
import { redact } from '../secrets/secret.js';
import type { ImageStore } from '../store/store.js';
import { isMarkedDone, markDone } from './done-marks.js';
import type { Journal } from './journal.js';
import { LookAhead } from './look-ahead.js';
import type { Plan } from './plan.js';
import type { OutputValues, Step, StepIO } from './step.js';
import { stepErrors } from './step-errors.js';
import { tryAgain } from './try-again.js';
import { workflowErrors } from './workflow-errors.js';

/** Milliseconds; see StepIO. */
const checkPatience = 60_000;
/** Milliseconds a host that was cut off is waited for. */
const reconnectLimit = 90_000;

export interface RunEnvironment {
  hosts: ReadonlyMap<string, Host>;
  store: ImageStore;
  stateDirectory: string;
  /** Cluster folder on the hosts. */
  base: string;
  providers: ReadonlyMap<string, Step>;
  journal: Journal;
  emit: Emit;
  signal: AbortSignal;
}

export class StepRunner {
  #ahead: LookAhead | undefined;
  readonly #outputs = new Map<string, Promise<OutputValues>>();
  /** Failures of steps that make an output: whoever needs it fails with it, and it is not their fault. */
  readonly #providers = new WeakMap<SealerError, string>();

  constructor(private readonly env: RunEnvironment) {}

  /** @returns `holds` when there was nothing to do. @throws SealerError, after the event and the journal entry */
  async run(step: Step): Promise<StepStatus> {
    const { emit, journal } = this.env;
    const place = { step: step.id, title: step.title, host: step.hostName, phase: step.phase };
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    emit({ type: 'step-start', ...place });
    try {
      const status = await this.#bringAbout(step);
      emit({ type: 'step-end', ...place, status, seconds: seconds() });
      return status;
    } catch (cause) {
      const error = this.#asSealerError(step, cause);
      if (!this.env.signal.aborted) {
        await journal.write({ event: 'step-failed', step: step.id, code: error.code, message: error.message });
      }
      emit({ type: 'step-end', ...place, status: 'failed', seconds: seconds(), error: eventError(error) });
      throw error;
    }
  }

  /** Asks all checks now, where everything is expected to hold. */
  lookAhead(plan: Plan): void {
    const settled = new Map<string, Promise<boolean>>();
    this.#ahead = new LookAhead(plan, async (step) => {
      if (this.env.journal.wasHalfDone(step.id)) return false;
      const host = this.#host(step.hostName);
      if (step.lock) {
        // What outlived a killed run may still change what is looked at.
        const key = `${step.hostName} ${step.lock}`;
        const free = settled.get(key) ?? host.query.settle(step.lock, { signal: this.env.signal });
        settled.set(key, free);
        if (!(await free)) return false;
      }
      return await this.#holds(step, host, 0);
    });
  }

  /** The host that could not make what the failed step needed. */
  providerOf(error: SealerError): string | undefined {
    return this.#providers.get(error);
  }

  /** A connection that broke ends no step: when the host answers again, it is gone on with as the next run would. */
  async #bringAbout(step: Step): Promise<StepStatus> {
    const { journal, signal, emit } = this.env;
    try {
      return await this.#attempt(step, journal.wasHalfDone(step.id));
    } catch (cause) {
      if (!step.check || !isLost(cause) || signal.aborted) throw cause;
      const text = `the connection was lost during "${step.title}": going on when the host answers`;
      emit({ type: 'message', level: 'warning', text, host: step.hostName });
      const ask = () => this.#host(step.hostName).query.succeeds(['true'], { signal });
      await tryAgain(ask, { signal, limit: reconnectLimit, passes: isLost });
      await this.#attempt(step, true);
      return 'done';
    }
  }

  async #attempt(step: Step, wasHalfDone: boolean): Promise<StepStatus> {
    const { journal } = this.env;
    const host = this.#host(step.hostName);
    if (await this.#ahead?.holds(step)) return 'holds';
    if (step.lock && !(await host.query.settle(step.lock, { signal: this.env.signal }))) {
      throw hostErrors.HOST_LOCK_HELD({ host: host.name, lock: step.lock });
    }
    if (await this.#holds(step, host)) {
      if (wasHalfDone) await journal.write({ event: 'step-holds', step: step.id });
      return 'holds';
    }
    this.#ahead?.changes(step);
    // Outputs first: what makes them may fail without anything half-done here.
    const outputs = new Map<string, OutputValues>();
    for (const name of step.needs ?? []) outputs.set(name, await this.#output(name));
    if (step.undo && wasHalfDone) {
      await step.undo(host, this.#io(step, outputs));
      await journal.write({ event: 'step-undone', step: step.id });
    }
    await journal.write({ event: 'step-start', step: step.id });
    await step.run(host, this.#io(step, outputs));
    this.env.signal.throwIfAborted();
    if (!step.check) await markDone(host, this.env.base, step);
    await journal.write({ event: 'step-done', step: step.id });
    return 'done';
  }

  async #holds(step: Step, host: Host, patience = checkPatience): Promise<boolean> {
    if (step.check) return step.check(host, { ...this.#io(step, new Map(), true), patience });
    return isMarkedDone(host, this.env.base, step);
  }

  #output(name: string): Promise<OutputValues> {
    let values = this.#outputs.get(name);
    if (!values) {
      values = this.#makeOutput(name);
      this.#outputs.set(name, values);
      // One that could not be made is made anew for the next that asks.
      values.catch(() => this.#outputs.delete(name));
    }
    return values;
  }

  async #makeOutput(name: string): Promise<OutputValues> {
    const step = this.env.providers.get(name);
    if (!step) throw workflowErrors.PLAN_OUTPUT_UNKNOWN({ step: name, output: name });
    const place = { step: step.id, title: step.title, host: step.hostName, phase: step.phase, onDemand: true } as const;
    const started = performance.now();
    this.env.emit({ type: 'step-start', ...place });
    const seconds = () => (performance.now() - started) / 1000;
    try {
      const outputs = new Map<string, OutputValues>();
      for (const needed of step.needs ?? []) outputs.set(needed, await this.#output(needed));
      const values = (await step.run(this.#host(step.hostName), this.#io(step, outputs))) ?? {};
      this.env.emit({ type: 'step-end', ...place, status: 'done', seconds: seconds() });
      return values;
    } catch (cause) {
      const error = this.#asSealerError(step, cause);
      this.#providers.set(error, step.hostName);
      this.env.emit({ type: 'step-end', ...place, status: 'failed', seconds: seconds(), error: eventError(error) });
      throw error;
    }
  }

  #host(name: string): Host {
    const host = this.env.hosts.get(name);
    if (!host) throw new Error(`no host ${name} in this run`);
    return host;
  }

  /** @param lazily in a check, outputs are made when asked for */
  #io(step: Step, outputs: ReadonlyMap<string, OutputValues>, lazily = false): StepIO {
    const { emit, signal, store, stateDirectory } = this.env;
    const place = { step: step.id, host: step.hostName };
    return {
      signal,
      patience: checkPatience,
      store,
      stateDirectory,
      host: (name) => this.#host(name),
      output: (name) => {
        const values = outputs.get(name);
        if (!values || lazily) throw workflowErrors.PLAN_OUTPUT_UNKNOWN({ step: step.id, output: name });
        return values;
      },
      progress: (current, total, unit) => emit({ type: 'step-progress', ...place, current, total, unit }),
      log: (line) => emit({ type: 'step-output', ...place, line: redact(line) }),
    };
  }

  #asSealerError(step: Step, cause: unknown): SealerError {
    if (SealerError.is(cause)) return cause;
    const reason = redact(cause instanceof Error ? cause.message : String(cause));
    return stepErrors.PLUGIN_STEP_FAILED(
      { plugin: step.plugin, step: step.title, host: step.hostName, reason },
      { cause },
    );
  }
}

function isLost(cause: unknown): boolean {
  return SealerError.is(cause) && (cause.code === 'HOST_CONNECTION_LOST' || cause.code === 'HOST_UNREACHABLE');
}
