/** On a terminal: finished phases as lines, and below them one moving line a host (or download) that is being worked on. */
import type { SealerEvent } from '@sealer/core';
import type { Renderer } from '../base-command.js';
import { bytes, progress, seconds } from './format.js';

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

export function liveRenderer(): Renderer {
  const active = new Map<string, string>();
  const out = process.stderr;
  let drawn = 0;
  let frame = 0;
  const clear = () => {
    if (drawn) out.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = () => {
    clear();
    frame += 1;
    const width = out.columns || 80;
    const lines = [...active.values()].slice(0, (out.rows || 24) - 2);
    for (const line of lines) out.write(`${`${frames[frame % frames.length]} ${line}`.slice(0, width - 1)}\n`);
    drawn = lines.length;
  };
  const say = (text: string) => {
    clear();
    out.write(`${text}\n`);
    draw();
  };
  const timer = setInterval(draw, 120);
  timer.unref();
  const handle = (event: SealerEvent) => {
    const at = 'host' in event && event.host ? `[${event.host}] ` : '';
    switch (event.type) {
      case 'run-start':
        return say(`${event.operation} of cluster ${event.cluster} on ${event.hosts.join(', ')}`);
      case 'run-end':
        active.clear();
        return say(
          `${event.status}: ${event.done} steps run, ${event.skipped} held already, ${seconds(event.seconds)}`,
        );
      case 'step-start':
        active.set(event.step, `${at}${event.title}`);
        return;
      case 'step-progress':
        if (event.unit === 'bytes') active.set(event.step, `${at}${bytes(event.current)} of ${bytes(event.total)}`);
        return;
      case 'step-output':
        active.set(event.step, `${at}${event.line}`);
        return;
      case 'step-end':
        active.delete(event.step);
        if (event.status === 'done') say(`✔ ${at}${event.title} (${seconds(event.seconds)})`);
        if (event.status === 'failed') say(`✖ ${at}${event.title}: ${event.error?.message}`);
        return;
      case 'progress':
        if (event.done) active.delete(event.id);
        else active.set(event.id, `${event.title}: ${progress(event)}`);
        return;
      case 'message':
        return say(`${event.level === 'warning' ? '! ' : '  '}${at}${event.text}`);
      default:
    }
  };
  return {
    emit: handle,
    end: () => {
      clearInterval(timer);
      active.clear();
      clear();
    },
  };
}
