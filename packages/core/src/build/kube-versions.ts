/** The Kubernetes versions that charts are rendered for: that of the image, else the ends of the range it is for. */
import { major, minor, minVersion, Range, satisfies, valid } from 'semver';
import { imageLabels } from '../image/cluster-config.js';
import type { BuildState } from './build-state.js';

/** Minor versions of Kubernetes 1 that are tried for the upper end of a range. */
const newest = 99;

/** Without `v`. None when the image says nothing. @param asked by the user, in place of what the image says */
export function kubeVersions(state: Pick<BuildState, 'labels' | 'kubeVersion'>, asked?: string): string[] {
  if (asked !== undefined) return [asked.replace(/^v/, '')];
  const label = valid(state.labels[imageLabels.runtimeVersion]);
  if (label) return [label];
  const text = state.kubeVersion ?? state.labels[imageLabels.kubeVersion];
  if (text === undefined) return [];
  const range = new Range(text);
  const lowest = minVersion(range);
  if (!lowest) return [];
  const ends = [lowest.version];
  if (satisfies(`1.${newest}.0`, range)) return ends;
  for (let at = newest; at > (major(lowest) === 1 ? minor(lowest) : newest); at -= 1)
    if (satisfies(`1.${at}.0`, range)) return [...ends, `1.${at}.0`];
  return ends;
}
