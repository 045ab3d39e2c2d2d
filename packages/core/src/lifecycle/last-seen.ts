/** What there is in place of what was waited for: conditions, reasons, events, lines of journals, as they are told. */
import type { Host } from '../host/host.js';

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface Pod {
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
  state?: { waiting?: State; terminated?: State };
  lastState?: { terminated?: State };
}

interface State {
  reason?: string;
  message?: string;
  exitCode?: number;
}

/** Pods that are not ready, why, and the last warning about the first of them. */
export async function lastSeenOfPods(
  host: Host,
  kubectl: readonly string[],
  namespace: string,
  selector: string,
): Promise<string> {
  const get = (...words: string[]) => host.query.run([...kubectl, '-n', namespace, 'get', ...words, '-o', 'json']);
  const answer = await get('pods', '-l', selector);
  if (answer.status !== 0) return `the API does not answer: ${lastLine(answer.stderr)}`;
  const { items } = JSON.parse(answer.stdout) as { items: Pod[] };
  if (items.length === 0) return `no pod with ${selector} in ${namespace}`;
  const bad = items.filter(({ status }) => !status.conditions?.some((one) => one.type === 'Ready' && isTrue(one)));
  if (bad.length === 0) return `${items.map(({ metadata }) => `pod ${metadata.name}`).join(', ')} ready`;
  const seen = bad.map((pod) => `pod ${pod.metadata.name}: ${reasonOf(pod)}`);
  const about = `involvedObject.name=${bad[0]?.metadata.name},type=Warning`;
  const events = await get('events', '--field-selector', about, '--sort-by=.metadata.creationTimestamp');
  if (events.status !== 0) return seen.join('; ');
  const last = (JSON.parse(events.stdout) as { items: State[] }).items.at(-1);
  return [...seen, ...(last ? [`last event: ${sentence(last)}`] : [])].join('; ');
}

/** A node's conditions, and the last lines of a unit's journal on its host. */
export function lastSeenOfNode(conditions: readonly Condition[] | undefined): string {
  if (!conditions) return 'the API knows no such node';
  const bad = conditions.filter((one) => (one.type === 'Ready' ? !isTrue(one) : isTrue(one)));
  return bad.map((one) => `${one.type} ${one.status}: ${sentence(one)}`).join('; ') || 'Ready';
}

/** What a unit does, and the last lines of its journal. */
export async function lastSeenOfUnit(host: Host, unit: string): Promise<string> {
  const state = await host.query.run(['systemctl', 'is-active', unit]);
  const { stdout } = await host.query.run(['journalctl', '-u', unit, '-n', '3', '--no-pager', '-o', 'cat']);
  return [`${unit} on ${host.name} is ${state.stdout.trim()}`, ...lines(stdout).map((line) => short(line))].join(' | ');
}

function reasonOf({ status }: Pod): string {
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

function isTrue({ status }: Condition): boolean {
  return status === 'True';
}

function sentence({ reason, message }: State): string {
  return [reason, message && short(message)].filter(Boolean).join(': ') || 'no reason given';
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim());
}

function lastLine(text: string): string {
  return short(lines(text).at(-1) ?? '');
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}
