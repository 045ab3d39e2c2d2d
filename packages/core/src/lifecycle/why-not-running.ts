/** What was last seen of a workload that does not run: its pods, why they wait, of which image, and the last warning. */
import type { Host } from '../host/host.js';
import { nameOf, type Workload } from './workload.js';

interface ContainerStatus {
  name: string;
  image: string;
  ready?: boolean;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; exitCode?: number; message?: string };
    running?: object;
  };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

interface Pod {
  metadata: { name: string };
  status: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

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
  const bad = pods.filter(
    (pod) => !pod.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
  );
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

export function reasonOf({ status }: Pod): string {
  const unscheduled = status.conditions?.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  if (unscheduled) return `${unscheduled.reason ?? 'Pending'}: ${short(unscheduled.message ?? 'it has no node')}`;
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const { waiting, terminated } = container.state ?? {};
    const last = container.lastState?.terminated;
    const image = `container ${container.name}, image ${container.image}`;
    if (waiting && waiting.reason !== 'PodInitializing')
      return `${waiting.reason ?? 'waiting'} (${image})${waiting.message ? `: ${short(waiting.message)}` : ''}${last ? `; it ended before with code ${last.exitCode}` : ''}`;
    if (terminated && terminated.exitCode !== 0)
      return `${terminated.reason ?? 'ended'} with code ${terminated.exitCode} (${image})${terminated.message ? `: ${short(terminated.message)}` : ''}`;
    if (!waiting && !terminated && container.ready === false) return `its probe says it is not ready (${image})`;
  }
  return status.phase ?? 'Pending';
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}
