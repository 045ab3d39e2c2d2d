/** One line an event, for logs and pipes. Goes to stderr: stdout is for results. */
import { bytes, progress, seconds } from './format.js';
import { type Renderer, silentRenderer } from './renderer.js';

export function plainRenderer(options: { debug: boolean }): Renderer {
  const started = Date.now();
  const lastShown = new Map<string, number>();
  const say = (text: string) =>
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}  ${text}\n`);
  /** Progress at most every two seconds an item. */
  const due = (id: string) => {
    if (Date.now() - (lastShown.get(id) ?? 0) < 2000) return false;
    lastShown.set(id, Date.now());
    return true;
  };
  return {
    ...silentRenderer,
    emit: (event) => {
      const at = 'host' in event && event.host ? `[${event.host}] ` : '';
      switch (event.type) {
        case 'run-start':
          return say(
            `${event.operation} of cluster ${event.cluster}: ${event.steps} steps on ${event.hosts.length} hosts`,
          );
        case 'run-end':
          return say(
            `${event.operation} of cluster ${event.cluster}: ${event.status}, ${event.done} steps run, ${event.skipped} held already, ${seconds(event.seconds)}`,
          );
        case 'step-end':
          if (event.status === 'done') say(`${at}${event.title} (${seconds(event.seconds)})`);
          if (event.status === 'failed') say(`${at}${event.title}: FAILED: ${event.error?.message}`);
          return;
        case 'step-progress':
          if (event.unit === 'bytes' && due(event.step)) say(`${at}${bytes(event.current)} of ${bytes(event.total)}`);
          return;
        case 'step-output':
          if (options.debug) say(`${at}| ${event.line}`);
          return;
        case 'progress':
          // The whole is enough for a log.
          if (!event.done && event.partOf === undefined && due(event.id)) say(`${event.title}: ${progress(event)}`);
          return;
        case 'message':
          return say(`${event.level === 'warning' ? 'warning: ' : ''}${at}${event.text}`);
        default:
      }
    },
  };
}
