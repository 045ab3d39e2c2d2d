/**
 * An async function whose module is loaded when it is called for the first time: a command starts with what it needs
 * itself, not with all that core can do.
 */
export function whenAsked<F extends (...words: never[]) => Promise<unknown>>(load: () => Promise<F>): F {
  return (async (...words: never[]) => await (await load())(...words)) as F;
}
