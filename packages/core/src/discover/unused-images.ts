/** Images that a chart's values, or its Chart.yaml, name and nothing that was rendered uses: what other values would need. */
import { type FoundImage, hasVersion, type Suspect } from './found-image.js';
import type { Chart } from './render-chart.js';
import { searchText } from './search-text.js';

export function unusedImages({ name, contents }: Chart, used: readonly FoundImage[]): Suspect[] {
  const names = new Set(used.map(({ image }) => repositoryOf(image)));
  const texts = [...contents.values, { path: 'Chart.yaml', text: contents.announced }];
  return texts.flatMap(({ path, text }) => {
    const isArchive = name.endsWith('.tgz') || path.includes('.tgz/');
    const label = (line: number) =>
      path === 'Chart.yaml'
        ? `${name} (artifacthub.io/images)`
        : isArchive
          ? `${name} (${path}:${line})`
          : `${name}/${path}:${line}`;
    const { images, suspects } = searchText(text, { label });
    return [...images, ...suspects.filter(({ reason }) => reason !== 'template')]
      .filter(({ image }) => !names.has(repositoryOf(image)) && !isPartOf(names, repositoryOf(image)))
      .map(({ image, origin }) => ({ image, origin, reason: 'off' as const }));
  });
}

/** Charts put a registry before the name by a value of another name. */
function isPartOf(names: ReadonlySet<string>, repository: string): boolean {
  return [...names].some((name) => name.endsWith(`/${repository}`));
}

/** Without version, and without what every name on Docker's hub may leave out. */
function repositoryOf(image: string): string {
  const bare = image.replace(/@sha256:[0-9a-f]+$/, '');
  return (hasVersion(bare) ? bare.slice(0, bare.lastIndexOf(':')) : bare).replace(/^docker\.io\/(library\/)?/, '');
}
