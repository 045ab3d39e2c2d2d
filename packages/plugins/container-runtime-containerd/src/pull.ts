import { type PlanContext, type PlannedHost, type StepDraft, script } from '@sealer/core';
import { socket } from './socket.js';

/** Pulled ahead and two at a time, so that a join does not wait for the network. */
export function pullImages(ctx: PlanContext, host: PlannedHost, images: readonly string[]): StepDraft[] {
  if (!images.length) return [];
  const crictl = `${ctx.paths.rootfs}/bin/crictl`;
  return [
    ctx.step('Pull the images of the node', {
      host,
      effects: images.map((image) => `pull ${image}`),
      check: (machine) =>
        machine.query.succeeds(
          script(
            'c=$1; r=$2; shift 2; for i in "$@"; do "$c" -r "$r" inspecti -q "$i" > /dev/null 2>&1 || exit 1; done',
            crictl,
            socket,
            ...images,
          ),
        ),
      run: async (machine, io) => {
        const text = 'c=$1; r=$2; shift 2; printf "%s\\0" "$@" | xargs -0 -n 1 -P 2 "$c" -r "$r" pull';
        await machine.run(script(text, crictl, socket, ...images), {
          signal: io.signal,
          onLine: (line) => io.log(line),
        });
      },
    }),
  ];
}
