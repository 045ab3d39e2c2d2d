/** A plan as data: what would be done, where, in what order. schemas/plan.schema.json is its contract. */
import pLimit from 'p-limit';
import { serializeCluster } from '../cluster/serialize-cluster.js';
import { SealerError } from '../errors/sealer-error.js';
import type { Host } from '../host/host.js';
import { type RecordedChange, recordChanges } from '../host/recorded-change.js';
import { redact, Secret } from '../secrets/secret.js';
import type { ImageStore } from '../store/store.js';
import { fingerprint, isMarkedDone } from './done-marks.js';
import type { Operation } from './operation.js';
import type { Plan } from './plan.js';
import type { Step, StepIO } from './step.js';

export interface PlannedStepDocument {
  id: string;
  title: string;
  phase: string;
  host: string;
  plugin: string;
  /** `holds`: nothing to do. `run`: will be run. `on-demand`: makes a value for a step that runs. */
  state: 'holds' | 'run' | 'on-demand';
  /** Commands and file changes, as far as they are known before. */
  changes: (RecordedChange | { kind: 'effect'; text: string })[];
}

export interface PlanDocument {
  schemaVersion: 1;
  operation: Operation;
  cluster: string;
  image: { name: string; digest: string };
  hosts: { name: string; roles: string[]; facts: string }[];
  /** The declared cluster as a Clusterfile, secrets left out. */
  clusterfile: string;
  steps: PlannedStepDocument[];
}

export interface PlanDocumentInputs {
  hosts: ReadonlyMap<string, Host>;
  store: ImageStore;
  stateDirectory: string;
  signal: AbortSignal;
}

/** Reads the hosts (queries only) and records what every step that does not hold would do. */
export async function planDocument(plan: Plan, inputs: PlanDocumentInputs): Promise<PlanDocument> {
  const { context } = plan;
  // Every step is looked at by itself; sshd allows ten channels a connection.
  const limits = new Map(context.hosts.map((host) => [host.name, pLimit(6)]));
  const planned = plan.nodes.flatMap((node) => node.steps);
  const steps = await Promise.all(
    planned.map((step) => (limits.get(step.hostName) ?? pLimit(1))(async () => await describeStep(step, plan, inputs))),
  );
  const demanded = new Set(planned.flatMap((step, at) => (steps[at]?.state === 'run' ? (step.needs ?? []) : [])));
  for (const name of demanded) {
    const provider = plan.providers.get(name);
    if (provider) steps.push({ ...place(provider), state: 'on-demand', changes: await changesOf(provider, inputs) });
  }
  return {
    schemaVersion: 1,
    operation: context.operation,
    cluster: context.cluster.name,
    image: { name: context.image.name, digest: context.image.digest },
    hosts: context.hosts.map((host) => ({
      name: host.name,
      roles: [...host.roles],
      facts: factsFingerprint(host.facts),
    })),
    clusterfile: serializeCluster(context.cluster),
    steps,
  };
}

function place(step: Step) {
  return { id: step.id, title: step.title, phase: step.phase, host: step.hostName, plugin: step.plugin };
}

/** Free disk space and the clock change all the time and are no reason to plan anew. */
function factsFingerprint(facts: object): string {
  return fingerprint({
    ...facts,
    diskFreeBytes: 0,
    clockSkewMs: 0,
    addresses: 0,
    hostname: (facts as { hostname?: string }).hostname,
  });
}

async function describeStep(step: Step, plan: Plan, inputs: PlanDocumentInputs): Promise<PlannedStepDocument> {
  const host = inputs.hosts.get(step.hostName) as Host;
  if (await holds(step, host, plan, inputs)) return { ...place(step), state: 'holds', changes: [] };
  return { ...place(step), state: 'run', changes: await changesOf(step, inputs) };
}

async function holds(step: Step, host: Host, plan: Plan, inputs: PlanDocumentInputs): Promise<boolean> {
  if (!step.check) return isMarkedDone(host, plan.context.paths.base, step);
  try {
    return await step.check(host, dryIO(inputs));
  } catch (cause) {
    // The preflight speaks by errors of its own; anything else cannot be looked at before it is there.
    if (step.phase === 'preflight') throw cause;
    return false;
  }
}

async function changesOf(step: Step, inputs: PlanDocumentInputs): Promise<PlannedStepDocument['changes']> {
  if (step.effects) return step.effects.map((text) => ({ kind: 'effect', text: redact(text) }));
  const recorder = recordChanges(inputs.hosts.get(step.hostName) as Host);
  try {
    await step.run(recorder.host, dryIO(inputs));
  } catch (cause) {
    const reason = SealerError.is(cause) ? cause.message : String(cause);
    return [...recorder.changes, { kind: 'effect', text: redact(`the rest is known when applied (${reason})`) }];
  }
  return recorder.changes;
}

function dryIO(inputs: PlanDocumentInputs): StepIO {
  return {
    signal: inputs.signal,
    patience: 0,
    store: inputs.store,
    stateDirectory: inputs.stateDirectory,
    host: (name) => recordChanges(inputs.hosts.get(name) as Host).host,
    output: () => new Proxy({}, { get: () => new Secret('(known when applied)') }),
    progress: () => undefined,
    log: () => undefined,
  };
}
