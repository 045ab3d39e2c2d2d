/** Follows links as a process whose root is the rootfs would: nothing leads out. */

/**
 * @param target absolute in the rootfs
 * @param links target of each link, by its path without leading slash
 * @returns without leading slash, and without links on the way
 */
export function resolveInRoot(target: string, links: ReadonlyMap<string, string>): string {
  const rest = target.split('/').reverse();
  const done: string[] = [];
  for (let followed = 0; rest.length > 0; ) {
    const part = rest.pop() as string;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    done.push(part);
    const link = links.get(done.join('/'));
    // A ring of links is left as it is: mounting there fails, and says so.
    if (link === undefined || ++followed > 40) continue;
    done.pop();
    if (link.startsWith('/')) done.length = 0;
    rest.push(...link.split('/').reverse());
  }
  return done.join('/');
}
