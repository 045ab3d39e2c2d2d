/**
 * The phases as tapable hooks, behind a guard. tapable alone accepts two taps of one name, loses return values of
 * series hooks and does not say who threw; here a tap returns steps, names are unique per hook, and an error names
 * plugin, phase and host.
 */
import { AsyncSeriesHook, HookMap } from 'tapable';
import { SealerError } from '../errors/sealer-error.js';
import { redact } from '../secrets/secret.js';
import type { ClusterPhaseName, HostPhaseName, PhaseName } from '../workflow/phases.js';
import type { PlannedBy, StepDraft } from '../workflow/step.js';
import { stepErrors } from '../workflow/step-errors.js';
import type { PlanContext } from './extension-points.js';
import type { Planned, PlannedHost } from './planning.js';
import { pluginErrors } from './plugin-errors.js';

export type HostTap = (ctx: PlanContext, host: PlannedHost) => Planned | Promise<Planned>;
export type ClusterTap = (ctx: PlanContext) => Planned | Promise<Planned>;

/** Order among the taps of one phase. */
export const Stage = { early: -100, normal: 0, late: 100 } as const;

export interface TapOptions {
  stage?: number;
}

type Sink = (by: PlannedBy) => void;
type PhaseHook = AsyncSeriesHook<[PlanContext, PlannedHost | undefined, Sink]>;

export class PhaseHooks {
  readonly #hooks: HookMap<PhaseHook> = new HookMap(
    (phase) => new AsyncSeriesHook(['ctx', 'host', 'sink'], String(phase)),
  );

  /** @throws PLUGIN_DUPLICATE when the plugin has tapped this phase under this name before. */
  tap(phase: PhaseName, plugin: string, name: string, fn: HostTap, options: TapOptions = {}): void {
    const hook = this.#hooks.for(phase);
    if (hook.taps.some((tap) => tap.name === name)) {
      throw pluginErrors.PLUGIN_DUPLICATE({ what: `tap on ${phase}`, name, first: plugin, second: plugin });
    }
    hook.tapPromise({ name, stage: options.stage ?? Stage.normal }, async (ctx, host, sink) => {
      try {
        // A cluster tap ignores its second argument.
        const planned = await fn(ctx, host as PlannedHost);
        for (const draft of asDrafts(planned, plugin, phase)) sink({ plugin, draft });
      } catch (cause) {
        if (SealerError.is(cause)) throw cause;
        const reason = redact(cause instanceof Error ? cause.message : String(cause));
        throw pluginErrors.PLUGIN_FAILED({ plugin, phase, host: host?.name, reason }, { cause });
      }
    });
  }

  /** Asks every tap of a phase for its steps, in order. */
  async collect(phase: PhaseName, ctx: PlanContext, host?: PlannedHost): Promise<PlannedBy[]> {
    const found: PlannedBy[] = [];
    await this.#hooks.get(phase)?.promise(ctx, host, (by) => found.push(by));
    return found;
  }
}

function asDrafts(planned: Planned, plugin: string, phase: string): readonly StepDraft[] {
  if (planned === undefined) return [];
  const drafts = Array.isArray(planned) ? (planned as readonly StepDraft[]) : [planned as StepDraft];
  for (const draft of drafts) {
    if (draft?.draft !== true) {
      throw stepErrors.PLUGIN_STEP_INVALID({ plugin, step: phase, reason: 'was not made by ctx.step()' });
    }
  }
  return drafts;
}

export type HostHook = { tap(name: string, fn: HostTap, options?: TapOptions): void };
export type ClusterHook = { tap(name: string, fn: ClusterTap, options?: TapOptions): void };

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
export type SealerHooks = { readonly [P in HostPhaseName as Camel<P>]: HostHook } & {
  readonly [P in ClusterPhaseName as Camel<P>]: ClusterHook;
};
