/**
 * What an image says of itself, kept on each master: whoever reaches one can look at the cluster and remove it, also
 * when the image is gone from every store and the API does not answer.
 */
import { createHash } from 'node:crypto';
import { clusterPaths } from '../cluster/paths.js';
import { script } from '../host/command.js';
import type { Host } from '../host/host.js';
import { checkClusterConfig } from '../image/check-cluster-config.js';
import { isDigest } from '../image/digest.js';
import type { PlanContext } from '../plugin/extension-points.js';
import type { PlannedImage } from '../plugin/planning.js';
import type { StepDraft } from '../workflow/step.js';

interface ImageRecord {
  name: string;
  digest: string;
  config: unknown;
}

export function keepImageRecord(ctx: PlanContext): StepDraft {
  const { name, digest, config } = ctx.image;
  const text = JSON.stringify({ name, digest, config } satisfies ImageRecord);
  const sum = createHash('sha256').update(text).digest('hex');
  const path = recordPath(ctx.cluster.name);
  return ctx.step('Keep what the image says of itself', {
    check: (host) =>
      host.query.succeeds(script('[ -e "$1" ] && [ "$(sha256sum < "$1" | cut -c1-64)" = "$2" ]', path, sum)),
    run: (host) => host.write(path, text, { mode: 0o600 }),
  });
}

/** Undefined where no host has a record, or none that can be used. */
export async function readImageRecord(hosts: Iterable<Host>, cluster: string): Promise<PlannedImage | undefined> {
  for (const host of hosts) {
    const text = await host.query.readFile(recordPath(cluster));
    const image = text === undefined ? undefined : parseRecord(text);
    if (image) return image;
  }
  return undefined;
}

function parseRecord(text: string): PlannedImage | undefined {
  try {
    const { name, digest, config } = JSON.parse(text) as ImageRecord;
    if (typeof name !== 'string' || !isDigest(digest)) return undefined;
    return { name, digest, config: checkClusterConfig(Buffer.from(JSON.stringify(config)), digest) };
  } catch {
    // Cut off, or of another version: as good as none.
    return undefined;
  }
}

function recordPath(cluster: string): string {
  return `${clusterPaths(cluster).base}/image.json`;
}
