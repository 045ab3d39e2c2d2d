/** What `sealer store check` found, for people. */
import type { StoreCheck } from '@sealer/core/images';
import { bytes, count } from './format.js';

export function isLeft({ repaired }: { repaired?: string }): boolean {
  return repaired === undefined;
}

export function describeCheck({
  blobs,
  bytes: read,
  images,
  attachments,
  files,
  problems,
  foreign,
}: StoreCheck): string {
  const done = (repaired: string | undefined) => (repaired === undefined ? '' : `\n  repaired: ${repaired}`);
  const lines = files.map(
    ({ path, reason, repaired }) => `${reason.startsWith('/') ? reason : `${path}: ${reason}`}${done(repaired)}`,
  );
  for (const { digest, fault, kind, images: hit, repaired, failures = [], detached } of problems) {
    const what = kind === 'attachment' ? 'something attached to ' : '';
    const whom = hit.length > 0 ? `\n  hits: ${what}${hit.join(', ')}` : '\n  no image needs it';
    const tried = failures.map((failure) => `\n  not fetched: ${failure}`).join('');
    const gone = detached ? '\n  what was attached is taken off the list' : '';
    lines.push(`${digest} is ${fault}${whom}${done(repaired)}${tried}${gone}`);
  }
  for (const name of foreign) lines.push(`blobs/sha256/${name} is no blob; sealer leaves it alone`);
  const summary = `${count(blobs, 'blob')} (${bytes(read)}) of ${count(images, 'name')} and ${count(attachments, 'attachment')} read`;
  const all = [...files, ...problems];
  const left = all.filter(isLeft).length;
  const found = all.length === 0 ? 'nothing is damaged' : count(all.length, 'problem');
  const rest = all.length === left ? '' : left === 0 ? ', all repaired' : `, ${left} left`;
  return [...lines, `${summary}: ${found}${rest}`].join('\n');
}
