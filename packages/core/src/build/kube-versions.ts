/** The Kubernetes versions that charts are rendered for: that of the image, else the ends of the range it is for. */
import { major, minor, minVersion, Range, satisfies, valid } from 'semver';
import { imageLabels } from '../image/cluster-config.js';
import type { Instruction } from '../kubefile/instructions.js';
import type { BuildState } from './build-state.js';

/** Minor versions of Kubernetes 1 that are tried for the upper end of a range. */
const newest = 99;

/** What decides the versions, for people; undefined when nothing does. @param asked by the user */
export function kubeVersionOrigin(
  state: Pick<BuildState, 'labels' | 'kubeVersion' | 'instructions'>,
  asked?: string,
): string | undefined {
  if (asked !== undefined) return `--kube-version ${asked}`;
  const { labels, instructions } = state;
  const version = labels[imageLabels.runtimeVersion];
  const said = (what: string, isIt: (one: Instruction) => boolean) => {
    const { position } = instructions.findLast(isIt) ?? {};
    return position
      ? `${what} in ${position.file}:${position.line}:${position.column}`
      : `${what} of the image that FROM names`;
  };
  const sets = (name: string) => (one: Instruction) =>
    one.keyword === 'LABEL' && one.pairs.some(([key]) => key === name);
  if (valid(version))
    return said(`the label ${imageLabels.runtimeVersion}=${version}`, sets(imageLabels.runtimeVersion));
  const text = state.kubeVersion ?? labels[imageLabels.kubeVersion];
  if (text === undefined) return undefined;
  return said(`KUBEVERSION ${text}`, (one) => one.keyword === 'KUBEVERSION' || sets(imageLabels.kubeVersion)(one));
}

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
