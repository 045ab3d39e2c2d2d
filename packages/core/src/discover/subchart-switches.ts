/** Which values switch the sub-charts of a chart on: conditions and tags, of sub-charts' own sub-charts as well. */
import type { ChartContents } from './chart-contents.js';

/** Such as `redis.enabled`, `redis.exporter.enabled`, `tags.monitoring`; each once. */
export function subchartSwitches(chart: ChartContents, below = ''): string[] {
  const switches: string[] = [];
  for (const { name, alias, condition, tags } of chart.dependencies) {
    // Of several, the first that is set decides.
    const first = condition?.split(',')[0]?.trim();
    if (first) switches.push(`${below}${first}`);
    switches.push(...(tags ?? []).map((tag) => `tags.${tag}`));
    const child = chart.charts.find((one) => one.name === name);
    if (child) switches.push(...subchartSwitches(child, `${below}${alias ?? name}.`));
  }
  // What lies in charts/ without being declared is always on; its own sub-charts may be off.
  for (const child of chart.charts)
    if (!chart.dependencies.some(({ name }) => name === child.name))
      switches.push(...subchartSwitches(child, `${below}${child.name}.`));
  return [...new Set(switches)];
}
