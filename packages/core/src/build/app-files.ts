/** What type an application is, from the names of its files (Go sealer's rules, made precise). */

import type { LayerEntry } from '../context/layer-entry.js';
import type { AppType } from '../image/cluster-config.js';

/** @param prefix the app's folder in the image, with a slash at its end */
export function appType(entries: readonly LayerEntry[], prefix: string): { type?: AppType; files: string[] } {
  const files = entries.filter((entry) => entry.kind === 'file').map((entry) => entry.path.slice(prefix.length));
  const all = (pattern: RegExp) => files.length > 0 && files.every((file) => pattern.test(file));
  if (files.includes('Chart.yaml')) return { type: 'helm', files: ['.'] };
  if (all(/\.tgz$/)) return { type: 'helm', files };
  if (all(/\.ya?ml$/)) return { type: 'kube', files };
  if (all(/\.sh$/)) return { type: 'shell', files };
  return { files };
}
