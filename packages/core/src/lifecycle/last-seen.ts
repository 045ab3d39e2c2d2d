/** What there is in place of what was waited for: conditions, reasons, events, lines of journals, as they are told. */
import type { Host } from '../host/host.js';
import { type Condition, isReady, type Pod, type Reason, reasonOf, sentence, short } from './pod-reason.js';

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
  const bad = items.filter((pod) => !isReady(pod));
  if (bad.length === 0) return `${items.map(({ metadata }) => `pod ${metadata.name}`).join(', ')} ready`;
  const seen = bad.map((pod) => `pod ${pod.metadata.name}: ${reasonOf(pod)}`);
  const about = `involvedObject.name=${bad[0]?.metadata.name},type=Warning`;
  const events = await get('events', '--field-selector', about, '--sort-by=.metadata.creationTimestamp');
  if (events.status !== 0) return seen.join('; ');
  const last = (JSON.parse(events.stdout) as { items: Reason[] }).items.at(-1);
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

function isTrue({ status }: Condition): boolean {
  return status === 'True';
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim());
}

function lastLine(text: string): string {
  return short(lines(text).at(-1) ?? '');
}
