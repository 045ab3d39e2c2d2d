/** Several platforms are built at a time: what happens says for which. */

import type { Emit } from '../events/events.js';
import type { Platform } from '../image/descriptor.js';
import { platformName } from '../image/platform.js';

/** Puts the platform before titles and texts, and keeps the progress of platforms apart. */
export function platformEvents(emit: Emit, platform: Platform): Emit {
  const name = `[${platformName(platform)}]`;
  return (event) => {
    if (event.type === 'message') emit({ ...event, text: `${name} ${event.text}` });
    else if (event.type === 'progress') emit({ ...event, id: `${name} ${event.id}`, title: `${name} ${event.title}` });
    else emit(event);
  };
}
