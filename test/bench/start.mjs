/** How long a command that does next to nothing takes, against starting node alone. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { measure, median, report } from './measure.mjs';
import { cache, cli, sealerEnv } from './places.mjs';

export default async function start() {
  const home = join(cache, 'home-start');
  const node = [];
  const images = [];
  // Taken in turns, so that a busy moment meets both.
  for (let round = 0; round < 15; round++) {
    node.push((await measure([process.execPath, '-e', '0'])).seconds);
    images.push((await measure([process.execPath, cli, 'images'], { env: sealerEnv(home) })).seconds);
  }
  rmSync(home, { recursive: true, force: true });
  report('sealer images, against node -e 0', median(images), median(node), 6);
}
