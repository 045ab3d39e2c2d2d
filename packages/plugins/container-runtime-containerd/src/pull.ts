import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import * as scripts from './generated/scripts.js';
import { socket } from './socket.js';

/** Pulled ahead and two at a time, so that a join does not wait for the network. */
export function pullImages(ctx: PlanContext, host: PlannedHost, images: readonly string[]): StepDraft[] {
  if (!images.length) return [];
  const crictl = `${ctx.paths.rootfs}/bin/crictl`;
  return [
    ctx.step('Pull the images of the node', {
      host,
      effects: images.map((image) => `pull ${image}`),
      check: (machine) => machine.query.succeeds(script(scripts.hasImages, crictl, socket, ...images)),
      run: async (machine, io) => {
        await machine.run(script(scripts.pullImages, crictl, socket, ...images), {
          signal: io.signal,
          onLine: (line) => io.log(line),
        });
      },
    }),
  ];
}
