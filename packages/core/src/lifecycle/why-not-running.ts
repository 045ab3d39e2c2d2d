/** What was last seen of a workload that does not run: its pods, why they wait, of which image, and the last warning. */
import type { Host } from '../host/host.js';
import { isReady, type Pod, reasonOf, short } from './pod-reason.js';
import { nameOf, type Workload } from './workload.js';

/** Sentences; the API is asked once for pods and once for events. */
export async function whyNotRunning(
  host: Host,
  kubectl: readonly string[],
  workload: Workload,
  why: string,
): Promise<string> {
  const namespace = workload.metadata.namespace ?? 'default';
  const labels = Object.entries(workload.spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const which = workload.kind === 'Pod' ? [workload.metadata.name] : labels.length ? ['-l', labels.join()] : undefined;
  const read = async <T>(...words: string[]): Promise<T[]> => {
    const result = await host.query.run([...kubectl, '-n', namespace, 'get', ...words, '-o', 'json']);
    if (result.status !== 0) return [];
    const found = JSON.parse(result.stdout) as T & { items?: T[] };
    return found.items ?? [found];
  };
  const pods = which ? await read<Pod>('pods', ...which) : [];
  const bad = pods.filter((pod) => !isReady(pod));
  const [first] = bad;
  const subject = first?.metadata.name ?? workload.metadata.name;
  const events = await read<{ type?: string; reason?: string; message?: string }>(
    'events',
    '--field-selector',
    `involvedObject.name=${subject}`,
    '--sort-by=.metadata.creationTimestamp',
  );
  const warning = events.findLast((event) => event.type === 'Warning');
  const parts = [why];
  if (first) parts.push(`pod ${first.metadata.name}: ${reasonOf(first)}`);
  if (warning?.message && !parts.join(' ').includes(warning.message.slice(0, 60)))
    parts.push(`last event: ${warning.reason ?? 'Warning'}: ${short(warning.message)}`);
  return `${nameOf(workload)}: ${parts.join('; ')}`;
}
