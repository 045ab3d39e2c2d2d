import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/**
 * execa lets a pipe that nobody reads yet run dry, right after it is started. Who reads it later is to find all of it, as
 * node itself has it: until the program has ended.
 */
export function keepUnread(streams: readonly Readable[], hasEnded: () => boolean): void {
  const hold = () => undefined;
  // A stream somebody waits for is one that execa leaves alone.
  for (const stream of streams) stream.on('readable', hold);
  void setImmediate()
    // Its own turn may come after the first.
    .then(() => setImmediate())
    .then(() => {
      for (const stream of streams) stream.off('readable', hold);
      process.nextTick(() => {
        // What node would have done meanwhile.
        if (hasEnded()) for (const stream of streams) if (stream.readableFlowing === null) stream.resume();
      });
    });
}
