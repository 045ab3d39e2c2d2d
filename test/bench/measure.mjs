/** Runs programs and measures what a user would notice: wall time, and peak memory of the process. */
// Not execa: what it does around a program would be part of the few milliseconds that are told apart here.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * @returns {Promise<{seconds: number, cpuSeconds: number, peakBytes: number, childPeakBytes: number}>} children of the
 *   process are counted apart: the largest of them. @throws when it does not end with 0
 */
export async function measure(argv, options = {}) {
  const started = performance.now();
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  let peak = 0;
  let childPeak = 0;
  let ticks = 0;
  const peakOf = (pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    // The kernel keeps the peak itself: the last look before the end is all that counts.
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  };
  const look = () => {
    try {
      peak = Math.max(peak, peakOf(child.pid));
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1].split(' ');
      // proc(5), fields 14 and 15: user and system time in hundredths of a second.
      ticks = Math.max(ticks, Number(fields[11]) + Number(fields[12]));
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
      for (const pid of children.split(' ').filter(Boolean)) childPeak = Math.max(childPeak, peakOf(pid));
    } catch {
      // It has ended, or a child of it.
    }
  };
  const timer = setInterval(look, 20);
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-3000);
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(timer);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${said}`);
  return {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: ticks / 100,
    peakBytes: peak,
    childPeakBytes: childPeak,
  };
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

const results = [];
let failed = false;

/** One figure: ours against theirs, or against a limit. */
export function report(name, ours, theirs, wanted, unit = 's') {
  const ratio = ours / theirs;
  const held = ratio <= wanted;
  failed ||= !held;
  results.push({ name, ours, theirs, unit, ratio, wanted, held });
  const show = (value) => `${unit === 'MB' ? (value / 1e6).toFixed(0) : value.toFixed(value < 1 ? 3 : 1)} ${unit}`;
  console.log(
    `${held ? 'ok  ' : 'OVER'} ${name}: ours ${show(ours)}, theirs ${show(theirs)}, ratio ${ratio.toFixed(2)}, wanted <= ${wanted}`,
  );
}

/** A figure that has an absolute limit. */
export function reportLimit(name, value, limit, unit = 'MB') {
  const held = value <= limit;
  failed ||= !held;
  results.push({ name, ours: value, limit, unit, held });
  console.log(
    `${held ? 'ok  ' : 'OVER'} ${name}: ${(value / 1e6).toFixed(0)} ${unit}, wanted <= ${(limit / 1e6).toFixed(0)} ${unit}`,
  );
}

export function finish(json) {
  if (json) console.log(JSON.stringify(results));
  process.exitCode = failed ? 1 : 0;
}
