/** Manifests in places where none are looked for, that nothing is seen to apply: their images are noticed. */
import { open } from 'node:fs/promises';
import type { DiscoverFile } from './charts.js';
import { textOfDocument } from './document-text.js';
import type { Discovery } from './found-image.js';
import { isManifestPath } from './manifest-path.js';
import { searchText } from './search-text.js';

const mayHold = /\.(ya?ml|json)(\.tmpl)?$/;
/** Values of charts, which are rendered with them. */
const others = /^application\/values\//;
/** Larger files are data. */
const largest = 4 * 1024 * 1024;

export async function searchOtherFile({ path, source }: DiscoverFile, tests?: boolean): Promise<Discovery> {
  const nothing: Discovery = { images: [], suspects: [] };
  if (!mayHold.test(path) || others.test(path) || isManifestPath(path)) return nothing;
  const text = await smallText(source);
  if (text === undefined || !/\bcontainers"?\s*:/i.test(text) || !/\bkind"?\s*:/.test(text)) return nothing;
  const { images } = searchText(text, { label: (line) => `${path}:${line}`, tests });
  return { images: [], suspects: images.map((image) => ({ ...image, reason: 'unapplied' })) };
}

async function smallText(source: string): Promise<string | undefined> {
  await using file = await open(source);
  if ((await file.stat()).size > largest) return undefined;
  return textOfDocument(await file.readFile()).text;
}
