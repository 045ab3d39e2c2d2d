/** Why a pod is not ready, as its status tells it. */

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export interface Pod {
  metadata: { name: string };
  status: {
    phase?: string;
    conditions?: Condition[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  name: string;
  image: string;
  ready?: boolean;
  state?: { waiting?: Reason; terminated?: Reason; running?: object };
  lastState?: { terminated?: Reason };
}

/** Of a state, a condition or an event. */
export interface Reason {
  reason?: string;
  message?: string;
  exitCode?: number;
}

export function isReady({ status }: Pod): boolean {
  return status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

export function reasonOf({ status }: Pod): string {
  const unscheduled = status.conditions?.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  if (unscheduled) return sentence(unscheduled);
  for (const { name, image, state, lastState, ready } of [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ]) {
    const bad = state?.waiting ?? (state?.terminated?.exitCode ? state.terminated : undefined);
    const of = `(container ${name}, image ${image})`;
    const before = lastState?.terminated ? `, ended before with code ${lastState.terminated.exitCode}` : '';
    if (bad && bad.reason !== 'PodInitializing') return `${sentence(bad)}${before} ${of}`;
    if (!bad && ready === false && !state?.terminated) return `its probe says it is not ready${before} ${of}`;
  }
  return status.phase ?? 'Pending';
}

export function sentence({ reason, message, exitCode }: Reason): string {
  const code = exitCode ? `${reason ?? 'ended'} with code ${exitCode}` : reason;
  return [code, message && short(message)].filter(Boolean).join(': ') || 'no reason given';
}

export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}
