/** What `sealer save` wrote, for people. */
import type { SavedArchive } from '@sealer/core/images';
import { bytes } from './format.js';

export function describeSaved(saved: SavedArchive, base: string | undefined): string {
  const lines = [...saved.files];
  if (base === undefined) return [...lines, bytes(saved.bytes)].join('\n');
  const share = ((100 * saved.bytes) / Math.max(1, saved.fullBytes)).toFixed(1);
  lines.push(
    `${bytes(saved.bytes)} of ${bytes(saved.fullBytes)} (${share} %); ${bytes(saved.baseBytes)} left to ${base}`,
  );
  const { patched = [], whole = [] } = saved.delta ?? {};
  const sum = (list: readonly number[]) => bytes(list.reduce((total, one) => total + one, 0));
  if (patched.length > 0) {
    const sizes = patched.map(({ size }) => size);
    const patches = patched.map(({ patchBytes }) => patchBytes);
    lines.push(`${patched.length} layers of ${sum(sizes)} as patches of ${sum(patches)}, proven by digest`);
  }
  for (const { digest, size, reason } of whole)
    lines.push(`carried whole: ${digest.slice(7, 19)} (${bytes(size)}), because ${reason}`);
  return lines.join('\n');
}
